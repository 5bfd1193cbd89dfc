import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const SRC = resolve(import.meta.dirname, '../../src')
const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
  .map((path) => ({ path, text: readFileSync(join(SRC, path), 'utf8') }))

/**
 * What makes something stuck, as SQL would say it, and the one file that says it. Whoever wants the same takes it from
 * there: otherwise metric, doctor and repair would sooner or later speak of different rows.
 */
const SAID_ONCE: Readonly<Record<string, readonly [pattern: RegExp, home: string]>> = {
  'a job that nobody has taken': [/'created', *'retry'/, 'queue/job-conditions.ts'],
  'a job that is ready, or put off': [/start_after *[<>]/, 'queue/job-conditions.ts'],
  'a job whose worker gives no sign of life': [/heartbeat_on[^=]*< *now/, 'queue/job-conditions.ts'],
  'a lease that is over': [/(?<!upload\b[^`]*)expires_at *[<>]=? *clock_timestamp/, 'marking/lease-over.ts'],
  'a scan that failed': [/status *= *'FAILED'(?! *\|)/, 'operations/failed-imports.ts'],
  'a copy whose grading was given up': [/status *= *'GRADING_FAILED'/, 'operations/failed-finalizations.ts'],
  'a job whose end nobody heard': [/finalize_job_id *= *\w+\.id/, 'operations/stuck.ts'],
  'a queue that is paused, with what waits in it': [/from queue_pause p/, 'operations/stuck.ts'],
  'a copy that is not what its events say': [/when 'VALIDATE' then/, 'operations/moved-copies.ts'],
}

describe('what is stuck', () => {
  it.each(Object.entries(SAID_ONCE))('is said in one place: %s', (_what, [pattern, home]) => {
    const files = FILES.filter(({ text }) => pattern.test(text))
    expect(files.map(({ path }) => path)).toEqual([home])
  })

  it('is looked for in all the sources', () => {
    expect(FILES.length).toBeGreaterThan(200)
  })

  it.each([
    "update pgboss.job where state in ('created', 'retry')",
    'where start_after < now()',
    'where heartbeat_on < now()',
    'coalesce(heartbeat_on, started_on) < now()',
    'where expires_at <= clock_timestamp()',
    "where b.status = 'FAILED'",
    "where c.status = 'GRADING_FAILED'",
  ])('is known when it is said again: %s', (statement) => {
    expect(Object.values(SAID_ONCE).some(([pattern]) => pattern.test(statement))).toBe(true)
  })
})
