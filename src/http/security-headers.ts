import type { FastifyHelmetOptions } from '@fastify/helmet'
import { DAY, SECOND } from '../platform/units.ts'

const NOTHING_MAY_LOAD = "default-src 'none';frame-ancestors 'none'"

/** Of a file that is saved: opened in a window after all, it runs nothing either. */
export const CSP_OF_ATTACHMENT = `sandbox;${NOTHING_MAY_LOAD}`

/** Of the pages of the web application: its own scripts, styles, fonts and images, and nothing that is written in it. */
export const CSP_OF_PAGES = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join(';')

/** Of the answers that pass by the hooks, to what could not be read as a request: the part of helmet that matters. */
export const BARE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': NOTHING_MAY_LOAD,
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}

/**
 * What browsers may do with our answers: nothing but show them to our own pages. Browsers are told to insist on https
 * only when that is how they reach us.
 */
export function helmetOptions(origins: readonly string[]): FastifyHelmetOptions {
  const isHttps = origins.some((origin) => origin.startsWith('https:'))
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    crossOriginEmbedderPolicy: true,
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
    frameguard: { action: 'deny' },
    // The names below ours are not for us to decide about.
    hsts: isHttps ? { maxAge: (365 * DAY) / SECOND, includeSubDomains: false } : false,
  }
}
