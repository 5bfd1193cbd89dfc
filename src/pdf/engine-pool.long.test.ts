import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import {
  codeOf,
  makeEndlessPdf,
  makePdf,
  makeTestFolder,
  testLimits,
  textPage,
} from '../../test/support/pdfs.ts'
import { inspectPdf, rasterizeDocument } from './engine.ts'
import { createEnginePool, type EnginePool, type EnginePoolOptions } from './engine-pool.ts'

const folder = makeTestFolder()
const workDirectory = join(folder.path, 'work')
const canDropNetwork = spawnSync('/bin/sh', ['-c', 'unshare -rn true']).status === 0
const pools: EnginePool[] = []
let good = ''
let endless = ''

function openPool(options: Partial<EnginePoolOptions> = {}): EnginePool {
  const pool = createEnginePool({ workDirectory, size: 1, ...options })
  pools.push(pool)
  return pool
}

const inspectGood = (pool: EnginePool) => inspectPdf(pool, { path: good, limits: testLimits })
const rasterizeEndless = (pool: EnginePool) =>
  rasterizeDocument(pool, { path: endless, outputDirectory: folder.path, limits: testLimits })

async function untilBusy(pool: EnginePool): Promise<void> {
  while (pool.describe().running === 0) await sleep(10)
}

function isAlive(pid: number): boolean {
  try {
    // A killed child that nobody has waited for yet is dead all the same.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'))
  } catch {
    return false
  }
}

beforeAll(() => {
  good = folder.write('good.pdf', makePdf([textPage('one'), textPage('two')]))
  endless = folder.write('endless.pdf', makeEndlessPdf())
})
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()))
})
afterAll(() => folder.remove())

test('a document that never ends is killed at the page limit, and the next one starts within a second', async () => {
  const faults: string[] = []
  const pool = openPool({ pageTimeoutMs: 1_500, onFault: (code) => faults.push(code) })
  await inspectGood(pool)
  expect(await codeOf(rasterizeEndless(pool))).toBe('timeout')
  const before = performance.now()
  expect((await inspectGood(pool)).pageCount).toBe(2)
  expect(performance.now() - before).toBeLessThan(1_000)
  expect(faults).toEqual(['timeout'])
})

test('the whole document has a limit of its own', async () => {
  const pool = openPool({ documentTimeoutMs: 1_000 })
  expect(await codeOf(rasterizeEndless(pool))).toBe('timeout')
})

test.skipIf(!existsSync('/proc/self/fd'))(
  'a child holds no file of its parent open, but the channel to it and what it opened itself',
  async () => {
    const held = openSync(good, 'r')
    try {
      const pool = openPool()
      await inspectGood(pool)
      const [pid] = pool.describe().processIds
      const open = () => readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
      const allowed = /^(?:socket|pipe|anon_inode):|^\/dev\/(?:null|u?random)$|\.(?:node|so[.\d]*|wasm)$/
      expect(open().filter((target) => !allowed.test(target))).toEqual([])
      // It may be the spare, which has just been started.
      await expect.poll(() => open().filter((target) => target.startsWith('socket:'))).toHaveLength(1)
    } finally {
      closeSync(held)
    }
  },
)

test('a child that is killed costs its document only', async () => {
  const faults: string[] = []
  const pool = openPool({ onFault: (code) => faults.push(code) })
  await inspectGood(pool)
  const lost = codeOf(rasterizeEndless(pool))
  await untilBusy(pool)
  const killed = pool.describe().processIds
  for (const pid of killed) process.kill(pid, 'SIGKILL')
  expect(await lost).toBe('engine-fault')
  // The spare was killed too: the pool hears of it a moment later.
  await expect.poll(() => pool.describe().processIds.filter((pid) => killed.includes(pid))).toEqual([])
  expect((await inspectGood(pool)).pageCount).toBe(2)
  expect(faults).toEqual(['engine-fault'])
})

test('a child that holds too much memory is killed', async () => {
  const pool = openPool({ residentLimitKib: 20_000 })
  expect(await codeOf(rasterizeEndless(pool))).toBe('out-of-memory')
})

test('a refused document is no fault and leaves its child in service', async () => {
  const faults: string[] = []
  const pool = openPool({ onFault: (code) => faults.push(code) })
  await inspectGood(pool)
  const before = pool.describe().processIds
  const path = folder.write('letter.pdf', 'Dear reader, this is not a PDF.')
  expect(await codeOf(inspectPdf(pool, { path, limits: testLimits }))).toBe('not-a-pdf')
  expect(faults).toEqual([])
  expect(pool.describe().processIds).toEqual(expect.arrayContaining([...before]))
})

test('a caller that fails on a page gets its own error back, and the pool goes on', async () => {
  const pool = openPool()
  const onProgress = () => {
    throw new RangeError('disk full')
  }
  const task = { kind: 'inspect', path: good, limits: testLimits } as const
  await expect(pool.run(task, { onProgress })).rejects.toThrow('disk full')
  expect((await inspectGood(pool)).pageCount).toBe(2)
})

test('documents wait their turn, with one warm spare beside those that run', async () => {
  const pool = openPool({ size: 2 })
  const results = await Promise.all(Array.from({ length: 12 }, () => inspectGood(pool)))
  expect(results.map(({ pageCount }) => pageCount)).toEqual(Array(12).fill(2))
  expect(pool.describe().processIds.length).toBeLessThanOrEqual(3)
})

test('a child that cannot start fails the waiting documents instead of keeping them', async () => {
  const pool = openPool({ childModule: join(folder.path, 'nothing.ts') })
  expect(await codeOf(inspectGood(pool))).toBe('engine-fault')
})

test('closing rejects what runs and what waits, ends the children and removes their folders', async () => {
  const pool = openPool()
  const running = codeOf(rasterizeEndless(pool))
  const waiting = codeOf(inspectGood(pool))
  await untilBusy(pool)
  const { processIds } = pool.describe()
  await pool.close()
  expect(await Promise.all([running, waiting, codeOf(inspectGood(pool))])).toEqual(
    Array(3).fill('engine-closed'),
  )
  expect(processIds.filter(isAlive)).toEqual([])
  expect(readdirSync(workDirectory)).toEqual([])
})

test('what a killed Paraph left in the work directory is removed by the next one', async () => {
  const abandoned = join(workDirectory, 'engine-99999999-1')
  mkdirSync(abandoned, { recursive: true })
  const pool = openPool()
  await inspectGood(pool)
  expect(existsSync(abandoned)).toBe(false)
})

test.runIf(process.platform === 'linux')(
  'a child sees none of the environment, has a private folder and a low priority',
  async () => {
    const pool = openPool()
    await inspectGood(pool)
    const [pid] = pool.describe().processIds
    const names = readFileSync(`/proc/${pid}/environ`, 'latin1')
      .split('\0')
      .map((entry) => entry.split('=')[0])
      .filter((name) => name !== '')
    expect(names.toSorted().filter((name) => !['PWD', 'OLDPWD', '_', 'SHLVL'].includes(name ?? ''))).toEqual(
      ['HOME', 'LANG', 'MALLOC_ARENA_MAX', 'NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', 'TMPDIR', 'UV_THREADPOOL_SIZE'], // biome-ignore format: one list
    )
    // One line per network interface after two of heading: the loopback at most, where the system allows it.
    const interfaces = readFileSync(`/proc/${pid}/net/dev`, 'latin1').trim().split('\n').slice(2)
    expect(interfaces.length).toBe(
      canDropNetwork ? 1 : readFileSync('/proc/net/dev', 'latin1').trim().split('\n').length - 2,
    )
    expect(readFileSync(`/proc/${pid}/limits`, 'latin1')).toMatch(/^Max data size\s+2684354560/m)
    expect(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[16]).toBe('10')
    for (const name of readdirSync(workDirectory))
      expect(statSync(join(workDirectory, name)).mode & 0o777).toBe(0o700)
  },
)

test.runIf(process.platform === 'linux')(
  'children die with their parent, even one that is lost in a document',
  async () => {
    const script = `
    import { createEnginePool } from '${new URL('./engine-pool.ts', import.meta.url).href}'
    const pool = createEnginePool({ workDirectory: '${workDirectory}', size: 1 })
    const task = { kind: 'rasterize', path: '${endless}', outputDirectory: '${folder.path}', limits: ${JSON.stringify(testLimits)} }
    pool.run(task).catch(() => undefined)
    setInterval(() => {
      if (pool.describe().running === 1) process.stdout.write(pool.describe().processIds.join(' ') + '\\n')
    }, 400)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const pids = line.toString().trim().split('\n')[0]?.split(' ').map(Number) ?? []
    expect(pids.filter(isAlive).length).toBeGreaterThan(0)
    await sleep(300)
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    for (let i = 0; i < 50 && pids.some(isAlive); i++) await sleep(100)
    expect(pids.filter(isAlive)).toEqual([])
  },
)
