import { resolve, sep } from 'node:path'
import { z } from 'zod'
import { engineError, isEngineErrorCode } from './errors.ts'
import { PAGE_FLAGS, PAGE_PATHS, PATH_REASONS, type PageOutcome } from './tasks.ts'

/** What a child says about a page. A child works on hostile files, so its word is checked before anybody acts on it. */

const count = z.int().min(0)
const image = z.strictObject({
  path: z.string(),
  mediaType: z.enum(['image/jpeg', 'image/webp', 'image/png']),
  widthPx: count,
  heightPx: count,
  sizeBytes: count,
})
const turn = z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)])
const code = z.strictObject({
  exam: z.string().max(256).optional(),
  copy: z
    .string()
    .regex(/^[A-Za-z0-9]{1,32}$/)
    .optional(),
  page: z.int().min(1).max(9_999).optional(),
})
const flag = z.strictObject({ kind: z.enum(PAGE_FLAGS), confidence: z.number().min(0).max(1) })
const page = z.strictObject({
  pageIndex: count,
  full: image,
  screen: image,
  thumbnail: image,
  path: z.enum(PAGE_PATHS),
  pathReason: z.enum(PATH_REASONS),
  turn,
  code: code.optional(),
  flags: z.array(flag).max(PAGE_FLAGS.length),
  fingerprint: z.base64().max(4_096),
  dpi: count.nullable(),
})
const failure = z.strictObject({ pageIndex: count, failed: z.custom(isEngineErrorCode) })
const outcome = z.union([page, failure])

/** Takes a child's word about a page whose files it wrote into a folder. Throws `engine-fault` for any other word. */
export function parsePageOutcome(said: unknown, folder: string): PageOutcome {
  const parsed = outcome.safeParse(said)
  if (!parsed.success) throw engineError('engine-fault')
  const result = parsed.data as PageOutcome
  if ('failed' in result) return result
  const inside = `${resolve(folder)}${sep}`
  const areInside = [result.full, result.screen, result.thumbnail].every(({ path }) =>
    resolve(path).startsWith(inside),
  )
  if (!areInside) throw engineError('engine-fault')
  return result
}
