import { z } from 'zod'

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what it refuses
const storable = /^[^\u0000\p{Cs}]*$/u

/**
 * An opaque id, in small letters as the database writes it: ids are compared as strings. What it gives is an `Id` of
 * the kernel, which log fields and the context of the work ask for; contracts and job payloads make theirs with it.
 */
export const idSchema = z.uuid().toLowerCase().brand<'Id'>()

/**
 * A free text of at most `max` UTF-16 units, trimmed. Every text of a contract that is stored is made with it:
 * PostgreSQL has no NUL character, and half of a surrogate pair is no character at all.
 */
export function plainText(max: number): z.ZodString {
  return z.string().trim().max(max).regex(storable)
}
