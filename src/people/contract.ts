import { z } from 'zod'
import { idSchema, plainText } from '../platform/contract.ts'

const role = z.enum(['admin', 'marker', 'operator', 'auditor', 'student'])

/** An account as the administrator sees it. */
const accountView = z.object({
  id: idSchema,
  actorRef: idSchema,
  role,
  name: z.string(),
  email: z.string(),
  createdAt: z.iso.datetime(),
})

export const accountList = z.object({ accounts: z.array(accountView) })

/** The length of the password is judged by `addAccount`, which answers with its own code. */
export const newAccount = z.object({
  email: plainText(254).min(1),
  name: plainText(200).min(1),
  role,
  password: z.string().max(1_000),
})

export const addedAccount = accountView.pick({ id: true, actorRef: true, role: true })

/** Whose name is asked for, and why: a closed word, which the log keeps. */
export const revealRequest = z.strictObject({
  actorRef: idSchema,
  reasonCode: z.enum(['appeal', 'complaint', 'authority-request', 'technical']),
})

export const revealedActor = accountView.pick({ name: true, role: true })

/** What signed-in people are told about themselves. */
export const myAccount = accountView.pick({ id: true, actorRef: true, role: true, name: true })

export const signInRequest = z.object({
  email: plainText(254).min(1),
  password: z.string().min(1).max(1_000),
})

/** The answer to signing in; also of `get-session`, where no one may be signed in. */
export const signedInView = z.object({ account: z.object({ id: idSchema, role }).nullable() })
export type SignedInView = z.output<typeof signedInView>

/** Whose copy it is. */
export const copyStudent = z.strictObject({ accountId: idSchema })

export const studentList = z.object({
  students: z.array(z.object({ copyId: idSchema, accountId: idSchema, name: z.string() })),
})

/** What a student may read. */
export const readableCopies = z.object({
  copies: z.array(z.object({ copyId: idSchema, examTitle: z.string(), releasedAt: z.iso.datetime() })),
})
