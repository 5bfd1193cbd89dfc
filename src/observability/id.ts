import type { $brand } from 'zod'

/**
 * An opaque id (UUID) that was made by us, read from a row, or parsed at the border (`idSchema` of
 * `platform/contract.ts`). A plain string does not fit, so that no name can stand in a log line where an id belongs.
 */
export type Id = string & $brand<'Id'>

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Whether `value` has the form of an id. */
export function isId(value: unknown): value is Id {
  return typeof value === 'string' && UUID.test(value)
}
