import { Sensitive } from '../observability/sensitive.ts'
import { AppError } from '../platform/errors.ts'
import { signInRequest } from './contract.ts'

/** What somebody says who they are; the address in lower case. */
export type Credentials = { readonly email: Sensitive<string>; readonly password: Sensitive<string> }

/**
 * The credentials in the body of a request. Throws `malformed-body`, or `invalid-request` with the names of the bad
 * fields, as the frame does for declared routes.
 */
export async function readSignIn(request: Request): Promise<Credentials> {
  const parsed = signInRequest.safeParse(await readJson(request))
  if (parsed.success) {
    const { email, password } = parsed.data
    return { email: new Sensitive(email.toLowerCase()), password: new Sensitive(password) }
  }
  throw new AppError('invalid-request', {
    title: 'Some fields are missing or not as they should be.',
    problem: {
      fields: parsed.error.issues.map((issue) => ({
        path: ['body', ...issue.path].join('.'),
        problem: issue.code.replaceAll('_', '-'),
      })),
    },
  })
}

async function readJson(request: Request): Promise<unknown> {
  try {
    return await request.json()
  } catch (cause) {
    throw new AppError('malformed-body', { title: 'The body is not valid JSON.', cause })
  }
}
