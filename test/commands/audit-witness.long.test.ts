import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { latestCheckpointPath } from '../../src/audit/tlog/witness-protocol.ts'
import { askWitness, connectWitness, type RemoteWitness, readLatest } from '../../src/audit/witness-client.ts'
import { type Child, keepRunning } from '../../src/bin/keep-running.ts'
import { findFreePorts } from '../../src/platform/ports.ts'
import { type Running, startCommand } from '../support/command.ts'
import { scrape } from '../support/scrape.ts'
import { simulateLog } from '../support/simulated-log.ts'
import { canMount, fillDisk, mountDisk, unmountDisks } from '../support/small-disk.ts'
import { makeWitnessFolder, removeWitnessFolders } from '../support/witness-room.ts'

const log = simulateLog()
const PATH = latestCheckpointPath(log.identity.origin)

let root: string
let running: Running[] = []
beforeEach(() => {
  root = makeWitnessFolder()
})
afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL')
  await Promise.all(running.map(({ ended }) => ended))
  running = []
  unmountDisks()
})
afterAll(removeWitnessFolders)

const KILL = "process.kill(process.pid, 'SIGKILL'); return new Promise(() => {})"
const BEFORE_RENAME = `fs.rename = () => { ${KILL} }`
const AFTER_RENAME = `const { rename } = fs; fs.rename = async (...names) => { await rename(...names); ${KILL} }`
const BEFORE_ANSWER = `http.ServerResponse.prototype.writeHead = () => { ${KILL} }`

/** The setting that changes Node's own functions in a process. */
function tamper(change: string): { NODE_OPTIONS: string } {
  const source = `import fs from 'node:fs/promises'; import http from 'node:http';
    import { syncBuiltinESMExports } from 'node:module'; ${change}; syncBuiltinESMExports()`
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(source)}` }
}

type Started = { readonly running: Running; readonly remote: RemoteWitness; readonly metricsUrl: string }

const stateOf = (folder: string) => join(folder, 'state')
function launch(
  args: readonly string[] = ['--log', log.vkey],
  env: Record<string, string> = {},
  folder = root,
) {
  const command = ['audit', 'witness', '--state', stateOf(folder), '--port', '0', ...args]
  const started = startCommand(join(root, 'data'), command, { env })
  running.push(started)
  return started
}

/** Starts the witness as its administrator does, and connects to it as a log does. */
async function start(...options: Parameters<typeof launch>): Promise<Started> {
  const started = launch(...options)
  const [, url = '', vkey = '', metricsUrl = ''] = await started.until(
    /The witness is ready: (\S+)\n\s+key\s+(\S+)\n\s+metrics\s+(\S+)\n/,
  )
  return { running: started, remote: connectWitness({ url, vkey }), metricsUrl }
}

async function stop({ running: { child, ended } }: Started): Promise<number | null> {
  child.kill('SIGTERM')
  return (await ended).code
}

/** Has the log ask for a cosignature of its first `size` leaves. */
const ask = ({ remote }: { remote: RemoteWitness }, size: number) =>
  askWitness(remote, {
    checkpoint: log.checkpointOf(size),
    proveConsistency: async (oldSize) => log.proveConsistency(oldSize, size),
  })
const add = ({ remote }: { remote: RemoteWitness }, oldSize: number, size: number) =>
  fetch(`${remote.prefix}add-checkpoint`, { method: 'POST', body: log.requestOf(oldSize, size) })

describe('paraph audit witness', () => {
  it('cosigns what grows, shows how it is, and knows after a restart what it cosigned', async () => {
    const first = await start(['--log', log.vkey, '--name', 'example.org/witness'])
    expect(await ask(first, 7)).toMatchObject({
      kind: 'cosigned',
      cosignatures: [{ name: 'example.org/witness' }],
    })
    expect(await ask(first, 20)).toMatchObject({ kind: 'cosigned' })
    expect((await add(first, 7, 20)).status).toBe(409)
    const { series } = await scrape(first.metricsUrl)
    const counted = ['200', '409', '422'].map((status) =>
      series.get(`audit_witness_answers_total{status="${status}"}`),
    )
    expect(counted).toEqual([2, 1, 0])
    for (const probe of ['livez', 'readyz']) {
      const answer = await fetch(first.metricsUrl.replace('metrics', probe))
      expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ status: 'ok' })])
    }
    expect(await stop(first)).toBe(0)

    const second = await start([])
    expect(await (await fetch(`${second.remote.prefix}vkey`)).text()).toMatch(/^example\.org\/witness\+/)
    expect(await readLatest(second.remote, log.identity)).toMatchObject({
      kind: 'found',
      checkpoint: { size: 20 },
    })
    expect(await ask(second, 7)).toEqual({ kind: 'ahead', size: 20 })
    expect(await ask(second, 50)).toMatchObject({ kind: 'cosigned' })
    expect(await stop(second)).toBe(0)

    const lines = readFileSync(join(root, 'data/logs/witness/audit.log'), 'utf8').trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line)).map((line) => [line.event, line['tree.size']])).toEqual([
      ['witness.cosigned', 7],
      ['witness.cosigned', 20],
      ['witness.refused', 20],
      ['witness.refused', 7],
      ['witness.cosigned', 50],
    ])
    expect(statSync(join(root, 'data-keys/witness.key')).mode & 0o777).toBe(0o600)
  })

  it.each([
    ['the checkpoint has its name', BEFORE_RENAME, 7],
    ['the folder is flushed', AFTER_RENAME, 20],
    ['the answer leaves', BEFORE_ANSWER, 20],
  ])('killed before %s, it knows what is on its disk, and goes on from there', async (_, change, known) => {
    const first = await start()
    await ask(first, 7)
    await stop(first)
    const killed = await start([], tamper(change))
    expect(await ask({ remote: { ...killed.remote, knownSize: 7 } }, 20)).toMatchObject({
      kind: 'unreachable',
    })
    await killed.running.ended
    expect(killed.running.child.signalCode).toBe('SIGKILL')

    const again = await start([])
    const conflict = await add(again, 0, 50)
    expect([conflict.status, await conflict.text()]).toEqual([409, `${known}\n`])
    expect(await ask(again, 20)).toMatchObject({ kind: 'cosigned' })
    expect(await ask(again, 50)).toMatchObject({ kind: 'cosigned' })
  })

  it('does not share its state folder', async () => {
    const first = await start()
    const second = await launch().ended
    expect([second.code, second.stderr]).toEqual([
      2,
      expect.stringMatching(/state folder.*\(already-running\)\n$/),
    ])
    expect(await ask(first, 7)).toMatchObject({ kind: 'cosigned' })
    first.running.child.kill('SIGKILL')
    await first.running.ended
    expect(await ask(await start(), 20)).toMatchObject({ kind: 'cosigned' })
  })

  it('does not start on a state that is damaged, gone, or another key’s', async () => {
    const first = await start()
    await ask(first, 7)
    await stop(first)
    const file = join(stateOf(root), PATH)
    const note = readFileSync(file)
    const refused = { code: 1, stderr: expect.stringContaining('(witness-state-unusable)') }
    writeFileSync(file, note.subarray(0, -1))
    expect(await launch().ended).toMatchObject(refused)
    rmSync(file)
    expect(await launch().ended).toMatchObject(refused)
    rmSync(stateOf(root), { recursive: true })
    expect(await launch().ended).toMatchObject(refused)
    expect(existsSync(join(stateOf(root), 'logs'))).toBe(false)
  })

  it.each([
    ['no log', [], 'invalid-settings'],
    ['a log that is none', ['--log', 'zoe-marqueur'], 'invalid-settings'],
    ['a name that is none', ['--log', log.vkey, '--name', 'zoe marqueur'], 'invalid-settings'],
    ['a port that is none', ['--port', 'zoe-marqueur'], '--port'],
  ])('does not start with %s, and repeats nothing', async (_, args, said) => {
    const { code, stderr } = await launch(args).ended
    expect([code, stderr]).toEqual([2, expect.stringContaining(said)])
    expect(stderr).not.toMatch(/marqueur/)
  })

  it.skipIf(!canMount)('cosigns nothing on a full disk, and goes on once there is room', async () => {
    const disk = mountDisk('size=128k')
    const witness = await start(['--log', log.vkey], {}, disk)
    await ask(witness, 7)
    const ballast = fillDisk(disk)
    expect(await ask(witness, 20)).toEqual({ kind: 'refused', status: 503 })
    expect(await readLatest(witness.remote, log.identity)).toMatchObject({ checkpoint: { size: 7 } })
    rmSync(ballast)
    expect(await ask(witness, 20)).toMatchObject({ kind: 'cosigned' })
    await stop(witness)
  })
})

describe('a witness that is kept running', () => {
  let child: Child | undefined
  afterEach(() => child?.stop())

  it('tells where it is and whose key it has, comes back when it is killed, and ends with its keeper', async () => {
    const settings = { PARAPH_DATA: join(root, 'data'), PARAPH_METRICS_PORT: '0' }
    const port = String(await findFreePorts('127.0.0.1', 1))
    const command = ['audit', 'witness', '--log', log.vkey, '--state', stateOf(root), '--port', port]
    child = keepRunning('witness', settings, command)
    const { url = '', vkey = '', logPaths } = await child.ready
    expect([url, logPaths[0]]).toEqual([`http://127.0.0.1:${port}`, join(root, 'data/logs/witness/app.log')])
    const witness = { remote: connectWitness({ url, vkey }) }
    expect(await ask(witness, 7)).toMatchObject({ kind: 'cosigned' })

    process.kill(findProcess(stateOf(root)), 'SIGKILL')
    await expect.poll(async () => (await ask(witness, 20)).kind, { timeout: 20_000 }).toBe('cosigned')
    await child.stop()
    expect(await ask(witness, 50)).toMatchObject({ kind: 'unreachable' })
  })
})

/** The number of the process whose command line holds this text. */
function findProcess(text: string): number {
  const found = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find(
      (pid) =>
        existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text),
    )
  return Number(found)
}
