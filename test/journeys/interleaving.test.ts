import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Role } from '../../src/platform/http-route.ts'
import { type LogLine, openTestApp, type TestApp } from '../support/app.ts'
import { until } from '../support/builders.ts'
import type { Answer, Request, TestClient } from '../support/client.ts'
import { type BuiltCopy, type CopyWorkshop, openCopyWorkshop } from '../support/copy-in-state.ts'
import { runAs } from '../support/database.ts'

const REQUESTS = 1_000
const AT_ONCE = 50
const PEOPLE: readonly Role[] = ['marker', 'marker', 'marker', 'admin', 'admin']

/** Somebody at work on a copy whose lock is theirs. */
type Person = { readonly client: TestClient; readonly actorRef: string; readonly copy: BuiltCopy }
type Asked = { readonly id: string; readonly person: Person; readonly kind: Kind; readonly answer: Answer }

/** What people ask, and the status that each is answered with. */
const KINDS = {
  'who am I': 200,
  'lay a mark on my copy': 201,
  'prolong my lock': 200,
  'write with the token of another': 409,
  'change a mark that does not exist': 404,
  'send what cannot be read': 400,
} as const
type Kind = keyof typeof KINDS
const KIND_NAMES = Object.keys(KINDS) as Kind[]

describe('a thousand requests of five people, fifty at a time, over two connections to the database', () => {
  let app: TestApp
  let workshop: CopyWorkshop
  let people: readonly Person[]
  let asked: readonly Asked[]
  const byId = new Map<string, Asked>()

  beforeAll(async () => {
    app = await openTestApp({ worker: false, maxConnections: 2 })
    workshop = await openCopyWorkshop(app, await app.signIn('admin'))
    people = await Promise.all(
      PEOPLE.map(async (role) => {
        const client = await app.signIn(role)
        const [account] = await runAs<{ actor_ref: string }>(
          app.database.ownerUrl,
          'select actor_ref from people.account where id = $1',
          [client.accountId],
        )
        return { client, actorRef: account?.actor_ref ?? '' }
      }),
    ).then((hired) => inTurn(hired, async (one) => ({ ...one, copy: await makeCopy(one.client) })))
    asked = await askAll()
    for (const one of asked) byId.set(one.id, one)
  })
  afterAll(async () => {
    await workshop?.close()
    await app?.close()
  })

  const makeCopy = (marker: TestClient) => workshop.make({ status: 'LOCKED', marker })
  const personAt = (index: number) => people[index % people.length] as Person

  function ask(index: number): { person: Person; kind: Kind; send: (request: Request) => Promise<Answer> } {
    const person = personAt(index)
    const kind = KIND_NAMES[Math.floor(index / people.length) % KIND_NAMES.length] as Kind
    const { client, copy } = person
    const another = personAt(index + 1)
    const mark = { body: { pageNumber: 1, kind: 'tick', x: 0.1, y: 0.1 }, lockToken: copy.lockToken }
    const post = (path: string, request: Request) => client.call('POST', path, request)
    const sends: Record<Kind, (request: Request) => Promise<Answer>> = {
      'who am I': (request) => client.call('GET', '/api/my/account', request),
      'lay a mark on my copy': (request) => post(`${copy.path}/annotations`, { ...mark, ...request }),
      'prolong my lock': (request) =>
        post(`${copy.path}/lock/heartbeat`, { lockToken: copy.lockToken, ...request }),
      'write with the token of another': (request) =>
        post(`${copy.path}/annotations`, { ...mark, ...request, lockToken: another.copy.lockToken }),
      'change a mark that does not exist': (request) =>
        client.call('DELETE', `${copy.path}/annotations/${another.copy.jobId}`, {
          lockToken: copy.lockToken,
          version: 1,
          ...request,
        }),
      'send what cannot be read': (request) => post(`${copy.path}/annotations`, { ...request, body: '{' }),
    }
    return { person, kind, send: sends[kind] }
  }

  /** All of them, `AT_ONCE` at a time, each as soon as there is room. */
  async function askAll(): Promise<readonly Asked[]> {
    const answers: Asked[] = []
    let next = 0
    async function askOn(): Promise<void> {
      while (next < REQUESTS) {
        const { person, kind, send } = ask(next)
        next += 1
        const id = `own-${randomUUID()}`
        answers.push({ id, person, kind, answer: await send({ headers: { 'x-request-id': id } }) })
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, askOn))
    return answers
  }

  it('are all answered as they would be alone', () => {
    expect(asked).toHaveLength(REQUESTS)
    expect(asked.filter(({ kind, answer }) => answer.status !== KINDS[kind]).map(briefly)).toEqual([])
  })

  it('have each its own request id in the answer, and in the problem of a refusal', () => {
    expect(asked.filter(({ id, answer }) => answer.requestId !== id).map(briefly)).toEqual([])
    const refused = asked.filter(({ answer }) => answer.status >= 400)
    expect(refused.length).toBeGreaterThan(REQUESTS / 3)
    expect(refused.filter(({ id, answer }) => answer.body.requestId !== id).map(briefly)).toEqual([])
  })

  it('are told of their own account', () => {
    const told = asked.filter(({ kind }) => kind === 'who am I')
    expect(told.length).toBeGreaterThan(REQUESTS / 10)
    expect(told.filter(({ person, answer }) => answer.body.id !== person.client.accountId)).toEqual([])
  })

  it('leave lines in the log that name their request together with their account', async () => {
    const isOurs = (line: LogLine) => byId.has(String(line['request_id']))
    const requestLines = await until(async () => {
      const lines = app.lines.filter((line) => line.event === 'http.request' && isOurs(line))
      return lines.length >= REQUESTS ? lines : undefined
    })
    expect(new Set(requestLines.map((line) => line['request_id'])).size).toBe(REQUESTS)
    expect(requestLines).toHaveLength(REQUESTS)
    const ours = app.lines.filter(isOurs)
    expect(new Set(ours.map(({ event }) => event))).toContain('audit.appended')
    expect(ours.filter((line) => line['user_id'] !== ownerOf(line['request_id']))).toEqual([])
  })

  /** Who a line must name: what cannot be read is refused before anybody asks who sent it. */
  function ownerOf(requestId: unknown): string | undefined {
    const one = byId.get(String(requestId))
    return one?.kind === 'send what cannot be read' ? 'system' : one?.person.client.accountId
  }

  it('leave events, on the copy of the one who asked, with the request and its actor', async () => {
    const written = asked.filter(({ kind }) => kind === 'lay a mark on my copy')
    const events = await inTurn(people, async (person) => {
      const facts = await workshop.read(person.copy.copyId)
      const added = facts.events.slice(person.copy.events)
      expect(added.map(({ seq }) => seq)).toEqual(added.map((_, index) => person.copy.events + index + 1))
      return added.map(({ requestId, actorRef }) => ({ requestId, actorRef, on: person.copy.copyId }))
    })
    const byRequest = (a: { requestId: string }, b: { requestId: string }) =>
      a.requestId < b.requestId ? -1 : 1
    expect(events.flat().sort(byRequest)).toEqual(
      written
        .map(({ id, person }) => ({ requestId: id, actorRef: person.actorRef, on: person.copy.copyId }))
        .sort(byRequest),
    )
  })
})

function briefly({ id, kind, answer }: Asked): string {
  return `${kind}: ${answer.status} ${answer.body?.code ?? ''} ${answer.requestId} for ${id}`
}

/** One after the other: the workshop has one connection. */
async function inTurn<A, B>(list: readonly A[], work: (one: A) => Promise<B>): Promise<B[]> {
  const done: B[] = []
  for (const one of list) done.push(await work(one))
  return done
}
