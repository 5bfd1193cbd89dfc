import { z } from 'zod'
import { isErrorCode } from '../observability/error-codes.ts'
import { AppError } from '../platform/errors.ts'

/** A signed-in user of the HTTP API, with the cookie and the request ids of all answers. */
export type Client = {
  get<S extends z.ZodType>(path: string, shape: S): Promise<z.output<S>>
  send<S extends z.ZodType>(request: WriteRequest, shape: S): Promise<z.output<S>>
  download(path: string): Promise<Buffer>
  /** Ids of every answer so far: each event must carry one of them. */
  readonly requestIds: ReadonlySet<string>
}

export type WriteRequest = {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  readonly form?: FormData
  readonly lockToken?: string
  readonly version?: number
}

const problem = z.object({ code: z.string(), title: z.string(), requestId: z.string() })

/** Signs in over HTTP as a person would. Throws `demo-request-failed` with the answer's code, here and in each call. */
export async function signIn(url: string, account: { email: string; password: string }): Promise<Client> {
  const requestIds = new Set<string>()
  let cookie = ''

  async function call(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers)
    headers.set('origin', url)
    if (cookie) headers.set('cookie', cookie)
    const response = await fetch(new URL(path, url), { ...init, headers })
    const requestId = response.headers.get('x-request-id')
    if (requestId) requestIds.add(requestId)
    if (!response.ok) throw await refused(response)
    return response
  }

  async function send<S extends z.ZodType>(request: WriteRequest, shape: S): Promise<z.output<S>> {
    const headers = new Headers()
    if (request.body !== undefined) headers.set('content-type', 'application/json')
    if (request.lockToken) headers.set('x-lock-token', request.lockToken)
    if (request.version !== undefined) headers.set('if-match', `"${request.version}"`)
    const body = request.form ?? (request.body === undefined ? null : JSON.stringify(request.body))
    const response = await call(request.path, { method: request.method, headers, body })
    return shape.parse(response.status === 204 ? undefined : await response.json())
  }

  const answer = await call('/api/auth/sign-in/email', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account),
  })
  cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')

  return {
    get: async (path, shape) => shape.parse(await (await call(path, {})).json()),
    send,
    download: async (path) => Buffer.from(await (await call(path, {})).arrayBuffer()),
    requestIds,
  }
}

async function refused(response: Response): Promise<AppError> {
  // An answer that is no JSON is told by its status alone.
  const parsed = problem.safeParse(await response.json().catch(() => undefined))
  const code = parsed.success && isErrorCode(parsed.data.code) ? parsed.data.code : 'internal'
  return new AppError('demo-request-failed', {
    title: `A request was answered with ${response.status} ${code}.`,
    logContext: { 'error.code': code, 'http.response.status_code': response.status },
  })
}
