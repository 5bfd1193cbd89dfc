import type { Endpoint, Endpoints } from './endpoints.ts'
import { RequestFailed } from './request-failed.ts'

/** The names after colons in a path. */
type Names<P extends string> = P extends `${string}:${infer Name}/${infer Rest}`
  ? Name | Names<`/${Rest}`>
  : P extends `${string}:${infer Name}`
    ? Name
    : never
type PathParams<E extends Endpoint> = [Names<E>] extends [never]
  ? unknown
  : { params: Record<Names<E>, string> }
type Body<E extends Endpoint> = Endpoints[E] extends { body: infer B } ? { body: B } : unknown
type Query<E extends Endpoint> = Endpoints[E] extends { query: infer Q } ? { query?: Q } : unknown

type Common = {
  /** Of what is changed (`If-Match`). */
  version?: number
  lockToken?: string
  idempotencyKey?: string
  signal?: AbortSignal
  /** Sends it even if the page is left meanwhile. */
  keepalive?: boolean
}
export type Asked<E extends Endpoint> = Common & PathParams<E> & Body<E> & Query<E>
export type Answer<E extends Endpoint> = Endpoints[E]['answer']

type Loose = Common & { params?: Record<string, string>; body?: unknown; query?: Record<string, unknown> }

let onSessionOver = (): void => undefined

/** Says what happens when the API no longer knows who asks. */
export function whenSessionIsOver(react: () => void): void {
  onSessionOver = react
}

/**
 * Asks the API; paths, bodies and answers are typed by the name of the endpoint. Throws `RequestFailed`, and nothing
 * else but the abort that the caller's signal asked for.
 */
export async function ask<E extends Endpoint>(endpoint: E, asked: Asked<E>): Promise<Answer<E>> {
  const { params = {}, body, query = {}, ...rest } = asked as Loose
  const [method = 'GET', template = ''] = endpoint.split(' ')
  const response = await send(addressOf(template, params, query), {
    method,
    headers: headersOf(rest, body !== undefined),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(rest.signal ? { signal: rest.signal } : {}),
    ...(rest.keepalive ? { keepalive: true } : {}),
  })
  if (!response.ok) throw await failureOf(response)
  return (response.status === 204 ? undefined : await response.json()) as Answer<E>
}

/** The address of something that an element loads by itself, such as an image. */
export function addressOf(
  template: string,
  params: Readonly<Record<string, string>>,
  query: Readonly<Record<string, unknown>> = {},
): string {
  const path = template.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) if (one !== undefined) search.append(name, String(one))
  }
  return search.size > 0 ? `${path}?${search}` : path
}

function headersOf({ version, lockToken, idempotencyKey }: Common, hasBody: boolean): Headers {
  const headers = new Headers({ accept: 'application/json' })
  if (hasBody) headers.set('content-type', 'application/json')
  if (version !== undefined) headers.set('if-match', `"${version}"`)
  if (lockToken !== undefined) headers.set('x-lock-token', lockToken)
  if (idempotencyKey !== undefined) headers.set('idempotency-key', idempotencyKey)
  return headers
}

async function send(address: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(address, request)
  } catch (error) {
    if (request.signal?.aborted) throw error
    throw new RequestFailed({ code: 'unreachable', status: 0 })
  }
}

async function failureOf(response: Response): Promise<RequestFailed> {
  const problem = await readProblem(response)
  const { code, requestId, type: _type, title: _title, status: _status, ...facts } = problem
  if (response.status === 401 && code === 'no-session') onSessionOver()
  return new RequestFailed({
    code: typeof code === 'string' ? code : 'unknown-answer',
    status: response.status,
    requestId:
      typeof requestId === 'string' ? requestId : (response.headers.get('x-request-id') ?? undefined),
    retryAfterSeconds: Number(response.headers.get('retry-after')) || undefined,
    facts,
  })
}

async function readProblem(response: Response): Promise<Record<string, unknown>> {
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) return {}
  return response.json().catch(() => ({}))
}
