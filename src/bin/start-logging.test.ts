import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { configureLogging, LOGGERS, log } from '../observability/log.ts'
import { loadConfig } from '../platform/config.ts'
import { startLogging } from './start-logging.ts'

const root = mkdtempSync(join(tmpdir(), 'paraph-logging-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
afterEach(() => configureLogging(undefined))
let data: string
beforeEach(() => {
  data = mkdtempSync(join(root, 'data-'))
})

const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

test('audit.log holds the logger of that name, app.log all the others; both are for the owner alone', () => {
  const paths = startLogging(loadConfig({}, { PARAPH_DATA: data }), 'api')
  expect(paths).toEqual([join(data, 'logs/api/app.log'), join(data, 'logs/api/audit.log')])
  for (const name of LOGGERS) log[name].info('process.started')
  const [app, audit] = paths.map((path) => linesOf(readFileSync(path, 'utf8')).map(({ logger }) => logger))
  expect(audit).toEqual(['audit'])
  expect(app).toEqual(LOGGERS.filter((name) => name !== 'audit'))
  expect(paths.map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600])
})

test('a second process of the same role gets files of its own', () => {
  const config = loadConfig({}, { PARAPH_DATA: data })
  startLogging(config, 'worker')
  expect(startLogging(config, 'worker')[0]).toBe(join(data, 'logs/worker-2/app.log'))
})

test('a folder that other accounts can read is refused in words that tell what to do', () => {
  const config = loadConfig({}, { PARAPH_DATA: data })
  startLogging(config, 'api')
  chmodSync(join(data, 'logs/api'), 0o750)
  expect(() => startLogging(config, 'api')).toThrow(
    expect.objectContaining({
      code: 'log-directory-unusable',
      title: expect.stringContaining('chmod 700'),
    }),
  )
})

test('a folder that cannot be made is refused, and no name of it is told', () => {
  const config = loadConfig({}, { PARAPH_DATA: '/dev/null/zoe-marqueur' })
  expect(() => startLogging(config, 'api')).toThrow(
    expect.objectContaining({
      code: 'log-directory-unusable',
      title: expect.not.stringContaining('marqueur'),
    }),
  )
})

function outputWith(setting: string): string {
  const imports = [
    ['startLogging', './start-logging.ts'],
    ['log', '../observability/log.ts'],
    ['loadConfig', '../platform/config.ts'],
  ].map(([name, path = '']) => `import { ${name} } from ${JSON.stringify(join(import.meta.dirname, path))}`)
  const script = `${imports.join('\n')}
    startLogging(loadConfig({}, { PARAPH_DATA: ${JSON.stringify(data)}, PARAPH_LOG: '${setting}' }), 'api')
    for (let number = 0; number < 1000; number += 1) {
      log.app.info('process.started', { pages: number })
      log.audit.info('audit.appended', { 'audit.seq': number })
    }
    process.exit(0)`
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    maxBuffer: 10_000_000,
  })
  expect(run.stderr).toBe('')
  return run.stdout
}

test('on standard output both loggers share one stream of whole lines, and each line names its logger', () => {
  const lines = linesOf(outputWith('stdout'))
  expect(lines).toHaveLength(2_000)
  for (const [logger, field] of [
    ['app', 'pages'],
    ['audit', 'audit.seq'],
  ] as const) {
    const own = lines.filter((line) => line.logger === logger)
    expect(own.map((line) => line[field])).toEqual(Array.from({ length: 1_000 }, (_, number) => number))
  }
  expect(() => statSync(join(data, 'logs'))).toThrow('ENOENT')
})

test('pretty lines say the same to a person', () => {
  const lines = outputWith('pretty').trimEnd().split('\n')
  expect(lines).toHaveLength(2_000)
  expect(lines.slice(0, 2)).toEqual([
    expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} INFO app process\.started pages=0$/),
    expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} INFO audit audit\.appended audit\.seq=0$/),
  ])
})
