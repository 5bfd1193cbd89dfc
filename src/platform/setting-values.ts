import { isIP } from 'node:net'
import { z } from 'zod'

/** A number written out; the coercion alone would take a blank for 0. */
export const digits = z.string().regex(/^\d+(\.\d+)?$/)
export const port = digits.pipe(z.coerce.number<string>().int().min(0).max(65_535))
export const seconds = digits.pipe(z.coerce.number<string>().positive().max(86_400))
export const count = digits.pipe(z.coerce.number<string>().int().min(1).max(1_000_000))

/** A login on a PostgreSQL. */
export const connection = z.url({ protocol: /^postgres(ql)?$/ })

/** `loopback`, addresses and networks in CIDR notation, between commas. */
export const proxies = z
  .string()
  .transform((text) => text.split(',').map((entry) => entry.trim()))
  .refine((entries) => entries.every((entry) => entry === 'loopback' || isNetwork(entry)))

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

/** The origin of a log is the name of its key: a URL without its scheme, by custom (C2SP tlog-checkpoint, signed-note). */
export const logOrigin = z
  .string()
  .min(3)
  .max(200)
  .regex(/^[^\p{White_Space}\p{Cc}+]+$/u)
  .refine((name) => !name.includes('://'))

/** `<url> <vkey>` for each of up to eight witnesses, between commas; whether a key is one is found where it is used. */
export const witnesses = z
  .string()
  .transform((text) => text.split(',').map((entry) => entry.trim().split(/[ \t]+/)))
  .pipe(
    z
      .array(
        z
          .tuple([
            z.url({ protocol: /^https?$/ }),
            z.string().regex(/^[^+\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+=*$/),
          ])
          .transform(([url, vkey]) => ({ url, vkey })),
      )
      // Each has a place of its own among the labels of a metric.
      .max(8),
  )
