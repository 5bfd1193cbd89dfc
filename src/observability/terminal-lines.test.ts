import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { runInContext } from './context.ts'
import type { Id } from './id.ts'
import { configureLogging, type Log, log } from './log.ts'
import { formatForTerminal } from './terminal-lines.ts'

const ACCOUNT = '0198f3a2-7a55-7c11-9d34-0242ac120002' as Id
afterEach(() => configureLogging(undefined))

/** What a terminal without colours shows of a line that the logger wrote. */
function show(work: () => void): string {
  let shown = ''
  const plain = {
    write: (line: string) => {
      shown += formatForTerminal(line, new PassThrough())
    },
  }
  configureLogging({ app: plain, audit: plain, now: () => new Date('2026-03-04T12:03:04.123Z') })
  work()
  return shown
}

test('a request is one line that begins with what it was, and ends with whose it was', () => {
  const actor = { kind: 'user', id: ACCOUNT, ref: ACCOUNT, role: 'marker' } as const
  const shown = show(() =>
    runInContext({ requestId: 'request-1', actor }, () =>
      log.http.info('http.request', {
        'http.response.status_code': 200,
        'http.request.method': 'GET',
        'http.request.body.size': 12,
        duration_ms: 3.2,
      }),
    ),
  )
  expect(shown).toBe(
    `12:03:04.123 INFO http http.request GET 200 3.2 ms http.request.body.size=12 request=request-1 user=${ACCOUNT}\n`,
  )
})

test('a stack is shown below its line, a frame each', () => {
  const shown = show(() => log.app.error('http.failed', {}, new TypeError('somebody said this')))
  expect(shown).toMatch(
    /^12:03:04\.123 ERROR app http\.failed exception\.type=TypeError\n {4}at observability\/terminal-lines\.test\.ts:\d+:/,
  )
  expect(shown).not.toContain('somebody')
})

test.each<[keyof Log, string]>([
  ['debug', 'DEBUG'],
  ['info', 'INFO'],
  ['warning', 'WARNING'],
  ['error', 'ERROR'],
  ['critical', 'CRITICAL'],
])('the level %s has its word', (method, word) => {
  const written: string[] = []
  const keep = { write: (line: string) => void written.push(line) }
  configureLogging({ app: keep, audit: keep, now: () => new Date(0), debug: true })
  log.audit[method]('audit.appended', { 'audit.seq': 3 })
  expect(formatForTerminal(written[0] ?? '', new PassThrough())).toBe(
    `00:00:00.000 ${word} audit audit.appended audit.seq=3\n`,
  )
})

/** `script` of util-linux gives a command a real terminal. */
const hasTerminals = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0

test.skipIf(!hasTerminals)('a terminal gets colours, unless NO_COLOR is set, and a pipe gets none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'paraph-terminal-'))
  const program = join(folder, 'show.mjs')
  const line = { time: '2026-03-04T12:03:04.123Z', level: 'ERROR', logger: 'app', event: 'http.failed' }
  writeFileSync(
    program,
    `import { formatForTerminal } from ${JSON.stringify(join(import.meta.dirname, 'terminal-lines.ts'))}
     process.stdout.write(formatForTerminal(${JSON.stringify(JSON.stringify(line))}, process.stdout))`,
  )
  const command = `"${process.execPath}" "${program}"`
  const env = { PATH: '/usr/bin:/bin', TERM: 'xterm-256color' }
  const onTerminal = (more: NodeJS.ProcessEnv) =>
    spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8', env: { ...env, ...more } }).stdout
  expect(onTerminal({})).toContain('\u001b[31mERROR\u001b[39m')
  expect(onTerminal({ NO_COLOR: '1' })).toBe('12:03:04.123 ERROR app http.failed\r\n')
  const piped = spawnSync('/bin/sh', ['-c', command], { encoding: 'utf8', env }).stdout
  expect(piped).toBe('12:03:04.123 ERROR app http.failed\n')
  rmSync(folder, { recursive: true })
})
