import { z } from 'zod'

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what it refuses
const storable = /^[^\u0000\p{Cs}]*$/u

/**
 * A free text of at most `max` UTF-16 units, trimmed. Every text of a contract that is stored is made with it:
 * PostgreSQL has no NUL character, and half of a surrogate pair is no character at all.
 */
export function plainText(max: number): z.ZodString {
  return z.string().trim().max(max).regex(storable)
}
