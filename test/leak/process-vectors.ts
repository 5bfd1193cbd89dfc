import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { until } from '../support/builders.ts'
import { runAs } from '../support/database.ts'
import { ended } from './command-vectors.ts'
import { awaitImport, finalize, makeCopy, mark, readAll, upload } from './deeds.ts'
import { makeSpeakingPdf } from './documents.ts'
import type { Act } from './misbehave.ts'
import { awaitService, type ProcessWorld } from './process-world.ts'
import type { Vector } from './vector.ts'

type Row = Vector<ProcessWorld>

/** Lets a process fail; it says why in its log, and is started again. */
const crash =
  (role: 'api' | 'worker', act: Act): Row['provoke'] =>
  async (world, canary) => {
    const before = world.pidOf(role)
    world.order(role, act, canary.text('input'))
    const line = await until(async () => world.lines(role).find(({ event }) => event === 'process.crashed'))
    await until(async () => (existsSync(`/proc/${before}`) ? undefined : true))
    await awaitService(world)
    return `${line['level']} ${line['event']}, back`
  }

const crashes: readonly Row[] = (
  [
    ['an error that nobody catches, in the api', 'api', 'throw an error'],
    ['a promise that nobody awaits, in the api', 'api', 'reject with an error'],
    ['a text that is thrown and nobody catches, in the worker', 'worker', 'reject with a text'],
    ['an error event that nobody hears, in the worker', 'worker', 'emit an error that nobody hears'],
  ] as const
).map(([name, role, act]) => ({
  name,
  path: 'its message',
  outcome: 'CRITICAL process.crashed, back',
  provoke: crash(role, act),
}))

/** Lets a process talk; it goes on. */
const talk =
  (role: 'api' | 'worker', act: Act): Row['provoke'] =>
  async (world, canary) => {
    world.order(role, act, canary.text('input'))
    const line = await until(async () =>
      world.lines(role).find(({ event }) => String(event).startsWith('foreign.')),
    )
    return `${line['level']} ${line['event']}`
  }

const talking: readonly Row[] = [
  {
    name: 'warnings of Node, in the api',
    path: 'text, name, code and detail of a warning; the name of an event with too many listeners',
    outcome: 'WARNING foreign.warning',
    provoke: talk('api', 'emit warnings'),
  },
  {
    name: 'a library that writes to the console, in the worker',
    path: 'every method of the console',
    outcome: 'WARNING foreign.output',
    provoke: talk('worker', 'write to the console'),
  },
  {
    name: 'a debugger that is asked for',
    path: 'the signal SIGUSR1, with which Node opens its memory to whoever may connect',
    outcome: 'no debugger',
    provoke: async (world) => {
      for (const role of ['api', 'worker'] as const) process.kill(world.pidOf(role), 'SIGUSR1')
      await new Promise((resolve) => setTimeout(resolve, 500))
      await awaitService(world)
      return /debugger|inspector/i.test(world.spoken()) ? 'a debugger' : 'no debugger'
    },
  },
  {
    name: 'metrics asked for without the right token',
    path: 'token, path and query of the request',
    outcome: '401, 401, 404, 200, 200',
    provoke: async (world, canary) => {
      const [api = '', worker = ''] = world.metricsUrls()
      const bearing = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
      const asked = [
        await fetch(api),
        await fetch(api, bearing(canary.ascii('password'))),
        await fetch(
          `${api}/${encodeURIComponent(canary.text('input'))}?${encodeURIComponent(canary.text('input'))}`,
        ),
        await fetch(api, bearing(world.metricsToken)),
        await fetch(worker, bearing(world.metricsToken)),
      ]
      for (const answer of asked)
        world.ledger.add({
          name: `an answer ${answer.status} of the metrics`,
          content: JSON.stringify([...answer.headers]) + (await answer.text()),
        })
      return asked.map(({ status }) => status).join(', ')
    },
  },
]

const journeys: readonly Row[] = [
  {
    name: 'the whole life of a copy, through all processes',
    path: 'names of files, titles, labels, texts, points, documents',
    outcome: 'GRADED',
    provoke: async (world, canary) => {
      const path = await makeCopy(world, canary)
      const state = await finalize(world, path, await mark(world, canary, path))
      await readAll(world, path)
      const titles = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
      for (const pid of titles) addTitle(world, pid)
      return state
    },
  },
  {
    name: 'the trace of a request',
    path: 'the id of an upload whose import has ended',
    outcome: '0, 0',
    provoke: async (world, canary) => {
      const answer = await upload(world, canary, makeSpeakingPdf(canary))
      await awaitImport(world, answer.body.id)
      const all = [
        await world.run(['trace', answer.requestId]),
        await world.run(['trace', answer.requestId, '--json']),
      ]
      return all.map(ended).join(', ')
    },
  },
]

/** How a process of the tree shows itself to every account of the machine. */
function addTitle(world: ProcessWorld, pid: string): void {
  try {
    const title = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    const isOurs = title.includes(world.folder) || title.includes('paraph')
    if (isOurs && !title.includes('user\0add'))
      world.ledger.add({ name: 'the title of a process', content: title })
  } catch {
    // It has ended meanwhile.
  }
}

const kills: readonly Row[] = [
  {
    name: 'an api that is killed while it stores an upload',
    path: 'SIGKILL at the fault point upload.recording; name and content of the file',
    outcome: 'cut off, 201, IMPORTED',
    provoke: async (world, canary) => {
      await world.examId()
      world.killAt('upload.recording', 'process')
      const headers = { 'idempotency-key': canary.ascii('key') }
      const send = () => upload(world, canary, makeSpeakingPdf(canary), { headers })
      const first = await send().then(
        ({ status }) => status,
        () => 'cut off',
      )
      await awaitService(world)
      const again = await send()
      return `${first}, ${again.status}, ${(await awaitImport(world, again.body.id)).status}`
    },
  },
  {
    name: 'a worker that is killed in the middle of an import',
    path: 'SIGKILL at the fault point import.rasterized; name and content of the file',
    outcome: 'IMPORTED',
    provoke: async (world, canary) => {
      await world.examId()
      world.killAt('import.rasterized', 'process')
      const { body } = await upload(world, canary, makeSpeakingPdf(canary))
      return (await awaitImport(world, body.id)).status
    },
  },
  {
    name: 'a database that is killed while a result is recorded',
    path: 'SIGKILL at the fault point finalize.recording; texts and points of the copy',
    outcome: 'GRADED',
    provoke: async (world, canary) => {
      const path = await makeCopy(world, canary)
      const lockToken = await mark(world, canary, path)
      world.killAt('finalize.recording', 'database')
      const marker = await world.as('marker')
      await marker.post(`${path}/finalize`, { lockToken })
      return until(async () => {
        const answer = await marker.get(`${path}/finalize`).catch(() => undefined)
        const status = answer?.status === 200 ? answer.body.status : undefined
        return status === 'GRADING_IN_PROGRESS' ? undefined : status
      }, 60_000)
    },
  },
  {
    name: 'a server process of the database that is killed',
    path: 'a name in the statement that it runs, which the server tells in its log',
    outcome: 'back',
    provoke: async (world, canary) => {
      const { ownerUrl } = await world.installation()
      const text = canary.text('input')
      const query = runAs(ownerUrl, `select '${text}', pg_sleep(20)`).catch(() => undefined)
      const [victim] = await until(async () => {
        const rows = await runAs<{ pid: number }>(
          ownerUrl,
          `select pid from pg_stat_activity where wait_event = 'PgSleep'`,
        )
        return rows.length > 0 ? rows : undefined
      })
      process.kill(victim?.pid ?? 0, 'SIGKILL')
      await query
      await awaitService(world)
      return 'back'
    },
  },
]

/** What Node writes of itself when it is told to, or dies: reports, core files, pictures of its memory. */
export function dumps(): string[] {
  const places = [tmpdir(), dirname(dirname(import.meta.dirname))]
  const isDump = (name: string) =>
    /^(report\..*\.json|core(\.\d+)?|.*\.heapsnapshot|isolate.*\.log)$/.test(name)
  return places.flatMap((place) => readdirSync(place).filter(isDump))
}

/** In this order. */
export const PROCESS_VECTORS: readonly Row[] = [...journeys, ...talking, ...crashes, ...kills]

/** Ends the tree. */
export const LAST_VECTOR: Row = {
  name: 'an error that nobody catches, in the process that starts the others',
  path: 'its message',
  outcome: '1',
  provoke: async (world, canary) => {
    world.order('start', 'throw an error', canary.text('input'))
    return ended(await world.running().ended)
  },
}
