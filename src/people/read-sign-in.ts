import type { z } from 'zod'
import { AppError } from '../platform/errors.ts'
import { signInRequest } from './contract.ts'

/**
 * The credentials in the body of a request. Throws `malformed-body`, or `invalid-request` with the names of the bad
 * fields, as the frame does for declared routes.
 */
export async function readSignIn(request: Request): Promise<z.output<typeof signInRequest>> {
  const parsed = signInRequest.safeParse(await readJson(request))
  if (parsed.success) return parsed.data
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
