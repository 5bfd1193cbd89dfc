/** What a request came to, whatever its status. */
export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly requestId: string
  // Tests assert on the shape; the contracts check it on the way out.
  // biome-ignore lint/suspicious/noExplicitAny: the body of an answer is what the test says it is
  readonly body: any
  readonly bytes: Buffer
}

export type Request = {
  readonly body?: unknown
  readonly form?: FormData
  readonly lockToken?: string
  readonly version?: number
  readonly headers?: Readonly<Record<string, string>>
}

export type TestClient = {
  readonly accountId: string
  /** The session's cookie, for requests that are made by hand. */
  readonly cookie: string
  call(method: string, path: string, request?: Request): Promise<Answer>
  get(path: string): Promise<Answer>
  post(path: string, request?: Request): Promise<Answer>
}

/** A client that could sign in again. */
export type SignedIn = TestClient & { readonly email: string }

/** Sends one request and reads its whole answer. */
export async function send(
  url: string,
  method: string,
  path: string,
  request: Request & { origin?: string; cookie?: string } = {},
): Promise<Answer> {
  const headers = new Headers(request.headers)
  if (request.origin && !headers.has('origin')) headers.set('origin', request.origin)
  if (request.cookie) headers.set('cookie', request.cookie)
  if (request.lockToken) headers.set('x-lock-token', request.lockToken)
  if (request.version !== undefined) headers.set('if-match', `"${request.version}"`)
  if (request.body !== undefined && !headers.has('content-type'))
    headers.set('content-type', 'application/json')
  const isRaw = typeof request.body === 'string' || request.body instanceof Uint8Array
  const body =
    request.form ?? (request.body === undefined ? null : isRaw ? request.body : JSON.stringify(request.body))
  const response = await fetch(new URL(path, url), {
    method,
    headers,
    body: body as RequestInit['body'] & string,
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  const isJson = response.headers.get('content-type')?.includes('json')
  return {
    status: response.status,
    headers: response.headers,
    requestId: response.headers.get('x-request-id') ?? '',
    body: isJson && bytes.length > 0 ? JSON.parse(bytes.toString('utf8')) : undefined,
    bytes,
  }
}

/** Signs in and keeps the cookie. */
export async function createClient(options: {
  url: string
  origin: string
  email: string
  password: string
  accountId: string
}): Promise<SignedIn> {
  const { url, origin, email, password, accountId } = options
  const answer = await send(url, 'POST', '/api/auth/sign-in/email', { origin, body: { email, password } })
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const call = (method: string, path: string, request: Request = {}) =>
    send(url, method, path, { origin, cookie, ...request })
  return {
    accountId,
    email,
    cookie,
    call,
    get: (path) => call('GET', path),
    post: (path, request) => call('POST', path, request),
  }
}
