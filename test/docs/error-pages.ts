import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { STATUS_OF_CODE } from '../../src/http/problem.ts'
import type { ErrorCode } from '../../src/observability/error-codes.ts'
import { markdownTable } from '../support/markdown.ts'
import type { Entries, ErrorEntry } from './error-entry.ts'
import { ERRORS_OF_COPIES } from './errors-of-copies.ts'
import { ERRORS_OF_INSTALLATIONS } from './errors-of-installations.ts'
import { ERRORS_OF_REQUESTS } from './errors-of-requests.ts'
import { ERRORS_OF_SCANS } from './errors-of-scans.ts'

export const CATALOGUE: Entries = {
  ...ERRORS_OF_REQUESTS,
  ...ERRORS_OF_SCANS,
  ...ERRORS_OF_COPIES,
  ...ERRORS_OF_INSTALLATIONS,
}

const ROOT = resolve(import.meta.dirname, '../..')

/** A code written in the source, and the file that writes it. */
export type Sighting = { readonly code: string; readonly file: string }

/** The functions that make an error from a code. */
const MAKERS = /\b(?:AppError|peopleError|engineError|denied)\(\s*'([a-z0-9-]+)'/g
/** `code: 'word'` in a table of errors, and `word: 'A sentence.'` in a table of titles. */
const IN_TABLES = [/\bcode: '([a-z0-9-]+)'/g, /^ {2}'?([a-z][a-z0-9-]*)'?: '[A-Z][^']*\.',?$/gm]

/**
 * The files that make errors from a code that is not written at that place. Their codes stand in tables of the same
 * file; or, for an error passed on, elsewhere.
 */
export const INDIRECT: readonly string[] = [
  'src/bin/import-client.ts',
  'src/copies/import.ts',
  'src/copies/status.ts',
  'src/http/problem.ts',
  'src/http/session.ts',
  'src/marking/lock.ts',
  'src/pdf/errors.ts',
  'src/people/errors.ts',
]

/** Every error code that the source names where it makes errors. */
export function findCodes(): Sighting[] {
  return sources().flatMap(({ file, text }) => {
    const patterns = INDIRECT.includes(file) ? [MAKERS, ...IN_TABLES] : [MAKERS]
    return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, code = '']) => ({ code, file })))
  })
}

/** Files that make an error from a code that is not a literal. */
export function findIndirect(): string[] {
  const makesFromVariable = /new AppError\(\s*[^'\s]/
  return sources()
    .filter(({ text }) => makesFromVariable.test(text))
    .map(({ file }) => file)
}

function sources(): { file: string; text: string }[] {
  return readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => join(ROOT, 'src', name))
    .map((path) => ({ file: relative(ROOT, path), text: readFileSync(path, 'utf8') }))
    .sort((a, b) => (a.file < b.file ? -1 : 1))
}

/** `docs/errors/<code>.md`. */
export function writePage(code: string, sightings: readonly Sighting[]): string {
  const entry = CATALOGUE[code] as ErrorEntry
  const rooms = new Set(
    sightings.filter((sighting) => sighting.code === code).map(({ file }) => file.split('/')[1]),
  )
  return `# \`${code}\`

**${entry.title}.** ${whereSeen(code)}

**What happened.** ${entry.happened}

**What to do.** ${entry.advice}

**En français.** ${entry.fr.happened} ${entry.fr.advice}

Raised in: ${[...rooms].sort().join(', ') || 'http'}. [All codes](README.md)
`
}

function statusOf(code: string): number | undefined {
  return code === 'internal' ? 500 : STATUS_OF_CODE[code as ErrorCode]
}

/** Codes that a failed import or finalization leaves in its event (\`error_code\`). */
const OF_JOBS: ReadonlySet<string> = new Set([
  ...['not-a-pdf', 'corrupt', 'encrypted', 'no-pages', 'too-many-pages', 'too-large', 'page-too-large'],
  ...['timeout', 'out-of-memory', 'engine-fault', 'engine-closed', 'worker-lost', 'blob-missing'],
  'undrawable-annotation',
  ...['sealed-value-unreadable', 'storage-full', 'database-unavailable', 'internal'],
])

function whereSeen(code: string): string {
  const status = statusOf(code)
  const places = [
    ...(status === undefined ? [] : [`HTTP ${status}`]),
    ...(OF_JOBS.has(code) ? ['`error_code` of a failed job'] : []),
    ...(code in ERRORS_OF_INSTALLATIONS ? ['the command line'] : []),
  ]
  return `${places.join(', ')}.`
}

/** `docs/errors/README.md`. */
export function writeIndex(): string {
  const rows = Object.keys(CATALOGUE)
    .sort()
    .map((code) => [`[\`${code}\`](${code}.md)`, String(statusOf(code) ?? ''), CATALOGUE[code]?.title ?? ''])
  return `# Error codes

Every error that Paraph raises on purpose has a code: in problem documents (\`code\`, with \`type\`
\`/docs/errors/<code>\`), in the events of failed jobs (\`error_code\`) and in messages of the command line. Codes are
stable. These ${rows.length} pages are generated from \`test/docs/errors-of-*.ts\` and \`src/http/problem.ts\` by
\`npx vitest run test/docs -u\`; a test fails when the source raises a code that has none.

${markdownTable(['code', 'HTTP', 'meaning'], rows)}
`
}
