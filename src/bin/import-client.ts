import { z } from 'zod'
import { isErrorCode } from '../observability/error-codes.ts'
import { AppError } from '../platform/errors.ts'

export type Call = {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PATCH'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Blob | string
}

/** A server that somebody is signed in to. */
export type Service = {
  /** Throws `server-unreachable`, or the refusal of the server under its own code. */
  call(path: string, request?: Call): Promise<Response>
  get<S extends z.ZodType>(path: string, shape: S): Promise<z.output<S>>
}

const problem = z.looseObject({ code: z.string(), title: z.string() })

/** Signs in to a running Paraph. Throws `server-unreachable`, `wrong-credentials`, `too-many-attempts`. */
export async function signInTo(
  url: string,
  account: { readonly email: string; readonly password: string },
): Promise<Service> {
  let cookie = ''

  async function call(path: string, request: Call = {}): Promise<Response> {
    const response = await fetch(new URL(path, url), {
      method: request.method ?? 'GET',
      headers: { ...request.headers, ...(cookie ? { cookie } : {}) },
      // A password and a scan go where we were told to send them, and nowhere else.
      redirect: 'error',
      ...(request.body === undefined ? {} : { body: request.body }),
    }).catch((cause: unknown) => {
      throw new AppError('server-unreachable', {
        title: 'No Paraph answers at the address of PARAPH_URL.',
        retryable: true,
        cause,
      })
    })
    if (!response.ok) throw await refusal(response)
    return response
  }

  const answer = await call('/api/auth/sign-in/email', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account),
  })
  await answer.arrayBuffer()
  cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  return { call, get: async (path, shape) => shape.parse(await (await call(path)).json()) }
}

/** The refusal of a server, under its own code. What is no answer of Paraph is nobody's. */
async function refusal(response: Response): Promise<AppError> {
  // No JSON is no problem document either.
  const parsed = problem.safeParse(await response.json().catch(() => undefined))
  const { code, title, ...members } = parsed.data ?? { code: '', title: '' }
  if (!isErrorCode(code)) {
    return new AppError('server-unreachable', {
      title: 'What answers at the address of PARAPH_URL is no Paraph, or one that is stopping.',
      retryable: response.status >= 500,
    })
  }
  return new AppError(code, { title, problem: members, retryable: response.status === 503 })
}
