import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { until } from '../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

const PROGRAM = resolve(import.meta.dirname, '../../src/bin/paraph.ts')
const MARKER = 'Zoé Marqueur'
/** What a bug of ours would do, on a signal that we do not listen to. */
const BUG = (body: string) => [
  '--import',
  `data:text/javascript,${encodeURIComponent(`process.once('SIGUSR1', () => { ${body} })`)}`,
]

type Role = 'api' | 'worker'
type Ready = { readonly url?: string; readonly metricsUrl: string }
type Started = {
  readonly child: ChildProcess
  /** Resolves once it serves. */
  readonly ready: Promise<Ready>
  readonly ended: Promise<{ code: number | null; signal: string | null; stderr: string }>
}

describe('the last line of a process says why it ended', () => {
  const root = mkdtempSync(join(tmpdir(), 'paraph-last-line-'))
  let database: TestDatabase
  let folder: string

  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(async () => {
    await database?.drop()
    rmSync(root, { recursive: true, force: true })
  })
  beforeEach(() => {
    folder = join(mkdtempSync(join(root, 'run-')), 'data')
  })

  function start(role: Role, options: { env?: NodeJS.ProcessEnv; execArgv?: string[] } = {}): Started {
    const child = fork(PROGRAM, [role], {
      silent: true,
      execArgv: options.execArgv ?? [],
      env: {
        ...process.env,
        PARAPH_DATA: folder,
        PARAPH_PORT: '0',
        PARAPH_METRICS_PORT: '0',
        DATABASE_URL: database.url,
        DATABASE_INTEGRATOR_URL: database.integratorUrl,
        ...options.env,
      },
    })
    const exit = once(child, 'exit')
    const said = text(child.stderr as Readable)
    const ended = exit.then(async ([code, signal]) => ({ code, signal, stderr: await said }))
    const ready = Promise.race([
      once(child, 'message').then(([message]) => message as Ready),
      ended.then((how) => Promise.reject(new Error(`ended before it served: ${how.stderr}`))),
    ])
    ready.catch(() => undefined)
    return { child, ready, ended }
  }

  const logOf = (role: Role) => join(folder, 'logs', role, 'app.log')
  const linesOf = (role: Role) =>
    readFileSync(logOf(role), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  const lastLineOf = (role: Role) => linesOf(role).at(-1)

  describe.each<Role>(['api', 'worker'])('%s', (role) => {
    it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s', async (signal) => {
      const { child, ready, ended } = start(role)
      await ready
      child.kill(signal)
      expect(await ended).toMatchObject({ code: 0 })
      expect(lastLineOf(role)).toMatchObject({
        level: 'INFO',
        event: 'process.stopped',
        'process.role': role,
        'process.exit.reason': 'signal',
        'process.signal': signal,
      })
    })

    it('a parent that is gone', async () => {
      const { child, ready, ended } = start(role)
      await ready
      child.disconnect()
      expect(await ended).toMatchObject({ code: 0 })
      expect(lastLineOf(role)).toMatchObject({
        event: 'process.stopped',
        'process.exit.reason': 'parent-gone',
      })
    })

    it.each([
      ['an uncaught throw', `throw new TypeError('${MARKER}')`],
      ['a rejection that nobody handles', `Promise.reject(new TypeError('${MARKER}'))`],
    ])('%s', async (_kind, body) => {
      const { child, ready, ended } = start(role, { execArgv: BUG(body) })
      await ready
      child.kill('SIGUSR1')
      const { code, stderr } = await ended
      expect(code).toBe(1)
      expect(linesOf(role)).toContainEqual(
        expect.objectContaining({
          level: 'CRITICAL',
          event: 'process.crashed',
          'exception.type': 'TypeError',
        }),
      )
      expect(lastLineOf(role)).toMatchObject({ event: 'process.stopped', 'process.exit.reason': 'error' })
      expect(readFileSync(logOf(role), 'utf8') + stderr).not.toContain('Marqueur')
    })

    it('a signal while it still starts', async () => {
      const { child, ended } = start(role)
      await until(async () =>
        existsSync(logOf(role)) && readFileSync(logOf(role), 'utf8') ? true : undefined,
      )
      child.kill('SIGTERM')
      expect(await ended).toMatchObject({ code: 0 })
      expect(lastLineOf(role)).toMatchObject({
        event: 'process.stopped',
        'process.exit.reason': 'signal',
        'process.signal': 'SIGTERM',
      })
    })

    it.each([
      ['no database in the settings', '', 'invalid-settings', 2],
      ['a database that does not answer', 'postgres://nobody@127.0.0.1:1/paraph', 'database-unavailable', 1],
    ])('%s', async (_kind, url, errorCode, exitCode) => {
      const { ended } = start(role, { env: { DATABASE_URL: url } })
      const { code, stderr } = await ended
      expect(code).toBe(exitCode)
      expect(stderr).toContain(`(${errorCode})`)
      expect(lastLineOf(role)).toMatchObject({
        level: 'ERROR',
        event: 'process.stopped',
        'process.exit.reason': 'error',
        'error.code': errorCode,
      })
    })

    it('a port that somebody else has', async () => {
      const other = createServer().listen(0, '127.0.0.1')
      await once(other, 'listening')
      const { port } = other.address() as { port: number }
      const env = role === 'api' ? { PARAPH_PORT: String(port) } : { PARAPH_METRICS_PORT: String(port - 1) }
      const { code, stderr } = await start(role, { env }).ended
      other.close()
      expect(code).toBe(2)
      expect(stderr).toContain(`Port ${port} is in use by another program`)
      expect(lastLineOf(role)).toMatchObject({
        event: 'process.stopped',
        'process.exit.reason': 'error',
        'error.code': 'port-in-use',
      })
    })
  })

  /** A client in the middle of a request: the api waits for it. */
  async function hold(url: string | undefined): Promise<() => void> {
    const socket = connect(Number(new URL(url ?? '').port), '127.0.0.1')
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    socket.write('GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n')
    return () => socket.destroy()
  }

  it('the deadline for stopping has passed', async () => {
    const { child, ready, ended } = start('api')
    const letGo = await hold((await ready).url)
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 1 })
    letGo()
    expect(lastLineOf('api')).toMatchObject({
      level: 'ERROR',
      event: 'process.stopped',
      'process.exit.reason': 'deadline',
    })
  })

  it('a second signal that does not wait', async () => {
    const { child, ready, ended } = start('api')
    const letGo = await hold((await ready).url)
    child.kill('SIGTERM')
    await until(async () => (lastLineOf('api').event === 'process.stopping' ? true : undefined))
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 1 })
    letGo()
    expect(lastLineOf('api')).toMatchObject({
      level: 'WARNING',
      event: 'process.stopped',
      'process.exit.reason': 'signal',
      'process.signal': 'SIGINT',
    })
  })

  it('under paraph start Ctrl-C is left to the parent', async () => {
    const { child, ready, ended } = start('api', { env: { PARAPH_SUPERVISED: 'true' } })
    await ready
    child.kill('SIGINT')
    child.kill('SIGHUP')
    child.kill('SIGTERM')
    await ended
    expect(lastLineOf('api')).toMatchObject({ 'process.signal': 'SIGTERM' })
    expect(linesOf('api').filter(({ event }) => event === 'process.stopping')).toHaveLength(1)
  })

  it('a fault of native code is not handled, so that it cannot go on for ever', async () => {
    const { child, ready, ended } = start('worker')
    await ready
    child.kill('SIGSEGV')
    expect(await ended).toMatchObject({ signal: 'SIGSEGV' })
  })

  it('logs that others could read are not begun', async () => {
    mkdirSync(join(folder, 'logs', 'api'), { recursive: true })
    chmodSync(join(folder, 'logs', 'api'), 0o755)
    const { code, stderr } = await start('api').ended
    expect(code).toBe(1)
    expect(stderr).toContain('log-directory-unusable')
    expect(existsSync(logOf('api'))).toBe(false)
  })
})
