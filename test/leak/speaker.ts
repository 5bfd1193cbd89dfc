import type { Role } from '../../src/platform/http-route.ts'
import { type Answer, createClient, type Request, send } from '../support/client.ts'
import { isEntitled } from './entitled.ts'
import type { Ledger } from './ledger.ts'

/** Somebody who asks, signed in or not; every answer goes into the ledger. */
export type Speaker = {
  readonly who: Role | 'nobody'
  readonly accountId: string
  readonly cookie: string
  call(method: string, path: string, request?: Request): Promise<Answer>
  get(path: string): Promise<Answer>
  post(path: string, request?: Request): Promise<Answer>
}

/** Where people speak to, and where what they are told is kept. */
export type Place = { readonly url: () => string; readonly origin: () => string; readonly ledger: Ledger }

export function speakAs(place: Place, who: Speaker['who'], cookie = '', accountId = ''): Speaker {
  const call = async (method: string, path: string, request: Request = {}) => {
    const answer = await send(place.url(), method, path, { origin: place.origin(), cookie, ...request })
    const template = path.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '*').replace(/\?.*$/s, '')
    const asked = { who, method, path: template, status: answer.status }
    // The cookie of an answer is its receiver's own.
    const headers = [...answer.headers].filter(([name]) => name !== 'set-cookie')
    place.ledger.add({ name: `the headers of an answer ${answer.status}`, content: JSON.stringify(headers) })
    place.ledger.add({
      name: `the body of an answer ${answer.status}`,
      content: answer.bytes,
      isLawful: (hit) => isEntitled(asked, hit),
    })
    return answer
  }
  return {
    who,
    cookie,
    accountId,
    call,
    get: (path) => call('GET', path),
    post: (path, request) => call('POST', path, request),
  }
}

export async function signIn(
  place: Place,
  who: Speaker['who'],
  account: { email: string; password: string; accountId?: string },
): Promise<Speaker> {
  const { accountId = '', ...credentials } = account
  const client = await createClient({ url: place.url(), origin: place.origin(), accountId, ...credentials })
  return speakAs(place, who, client.cookie, accountId)
}

export const said = ({ status, body }: Pick<Answer, 'status' | 'body'>): string =>
  body?.code ? `${status} ${body.code}` : String(status)

/** The status and the code in the text of an answer. */
export function saidRaw(answer: string): string {
  return [/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1], /"code":"([a-z-]+)"/.exec(answer)?.[1]].join(' ')
}

/** An id that nothing has. */
export const NOWHERE = '018f0000-0000-7000-8000-000000000000'
