import { mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import type { RenderMarkedPdf } from '../../src/marking/render.ts'
import { runInContext } from '../../src/observability/context.ts'
import { configureLogging } from '../../src/observability/log.ts'
import { openRotatingFile } from '../../src/observability/rotating-file.ts'
import type { EnginePool, EnginePoolState } from '../../src/pdf/engine-pool.ts'
import { addAccount } from '../../src/people/add-account.ts'
import { systemClock } from '../../src/platform/clock.ts'
import type { Role } from '../../src/platform/http-route.ts'
import { newId } from '../../src/platform/ids.ts'
import { type LogLine, openTestApp, type TestApp } from '../support/app.ts'
import { until } from '../support/builders.ts'
import { runAs } from '../support/database.ts'
import { createProbe, type Probe } from '../support/leak-probe.ts'
import { type Canary, createCanaries, STEM } from './canaries.ts'
import { makeExam, type Office } from './deeds.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { type Place, type Speaker, signIn, speakAs } from './speaker.ts'

const ORIGIN = 'https://paraph.test'

export type World = Office & {
  readonly app: TestApp
  readonly probe: Probe
  readonly ledger: Ledger
  readonly logs: string
  canaryOf(vector: string): Canary
  readonly nobody: Speaker
  signIn(role: Role | 'nobody', account: { email: string; password: string }): Promise<Speaker>
  /** Sends bytes that no client would, and reads the answer to its end. */
  raw(bytes: string | Buffer): Promise<string>
  sql<R extends pg.QueryResultRow>(statement: string, values?: unknown[]): Promise<R[]>
  /** The first line of this event since the vector began, once there is one. */
  line(event: string, matches?: Readonly<Record<string, unknown>>): Promise<LogLine>
  /** Forgets the lines so far. */
  begin(): void
  /** Makes the next drawings fail with what is given; undefined lets them succeed. */
  failDrawing(error: unknown): void
  engines(): EnginePoolState
  close(): Promise<void>
}

/** Small, so that the logs of a run rotate. */
const LOG_FILE_BYTES = 200_000

/** The whole application in this process, with its log in real files, and everything it says written down. */
export async function openWorld(): Promise<World> {
  const probe = createProbe(STEM)
  const ledger = createLedger(probe)
  const canaryOf = createCanaries(probe)
  let failure: unknown
  let pool: EnginePool | undefined
  const app = await openTestApp({
    pageTimeoutMs: 2_000,
    wrapPool: (engines) => {
      pool = engines
      return engines
    },
    wrapRenderer: (render): RenderMarkedPdf => {
      return (request) => {
        if (failure !== undefined) throw failure
        return render(request)
      }
    },
  })
  const logs = join(app.folder, 'logs')
  mkdirSync(logs, { mode: 0o700 })
  let lines: LogLine[] = []
  const destination = (name: string) => {
    const file = openRotatingFile(join(logs, name), { maximumBytes: LOG_FILE_BYTES, backups: 50 })
    return {
      write: (line: string) => {
        file.write(line)
        ledger.add({ name, content: line })
        lines.push(parseLine(line))
      },
    }
  }
  configureLogging({
    audit: destination('audit.log'),
    app: destination('app.log'),
    now: systemClock.now,
    debug: true,
  })
  const streams = listenToStreams(ledger)
  const watch = await watchStatements(app, ledger)

  const place: Place = { url: () => app.url, origin: () => ORIGIN, ledger }
  const staff = new Map<Role, Promise<Speaker>>()
  async function makeAccount(role: Role): Promise<Speaker> {
    const canary = canaryOf(`the account of the ${role}`)
    const account = { email: canary.email(), name: canary.text('name'), password: canary.text('password') }
    const { accountId } = await runInContext({ requestId: newId(), actor: { kind: 'system' } }, () =>
      addAccount(app.services, { ...account, role }),
    )
    return signIn(place, role, { ...account, accountId })
  }

  const as = (role: Role): Promise<Speaker> => {
    const known = staff.get(role) ?? makeAccount(role)
    staff.set(role, known)
    return known
  }

  let exam: Promise<string> | undefined
  return {
    app,
    probe,
    ledger,
    logs,
    canaryOf,
    as,
    examId: () => {
      exam ??= makeExam({ as }, canaryOf('the exam of all'))
      return exam
    },
    nobody: speakAs(place, 'nobody'),
    signIn: (role, account) => signIn(place, role, account),
    raw: async (bytes) => {
      const answer = await sendBytes(app.url, bytes)
      ledger.add({ name: 'the answer to bytes', content: answer })
      return answer.toString('latin1')
    },
    sql: (statement, values) => runAs(app.database.ownerUrl, statement, values),
    line: (event, matches = {}) =>
      until(async () =>
        lines.find(
          (line) =>
            line.event === event && Object.entries(matches).every(([name, value]) => line[name] === value),
        ),
      ),
    begin: () => {
      lines = []
    },
    failDrawing: (error) => {
      failure = error
    },
    engines: () => {
      if (!pool) throw new Error('no engines')
      return pool.describe()
    },
    close: async () => {
      streams.close()
      await watch.close()
      await app.close()
    },
  }
}

/** A line that cannot be read is searched like any other; it is nobody's proof of anything. */
function parseLine(line: string): LogLine {
  try {
    return JSON.parse(line)
  } catch {
    return { event: 'unreadable', level: 'ERROR' }
  }
}

/** Writes down what this process writes to its own streams, instead of writing it. */
function listenToStreams(ledger: Ledger): { close(): void } {
  const closings = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name]
    const write = stream.write.bind(stream)
    stream.write = ((chunk: Uint8Array | string) => {
      ledger.add({ name: `standard ${name === 'stdout' ? 'output' : 'error'}`, content: Buffer.from(chunk) })
      return true
    }) as typeof stream.write
    return () => {
      stream.write = write
    }
  })
  return {
    close: () => {
      for (const close of closings) close()
    },
  }
}

const LOOK_EVERY_MS = 20

/** Looks at what the database shows of the application's statements, again and again. */
async function watchStatements(app: TestApp, ledger: Ledger): Promise<{ close(): Promise<void> }> {
  const client = new pg.Client({ connectionString: app.database.ownerUrl, application_name: 'the watch' })
  client.on('error', () => undefined)
  await client.connect()
  const seen = new Set<string>()
  let isClosed = false
  const watching = (async () => {
    while (!isClosed) {
      const { rows } = await client.query<{ shown: string }>(
        `select concat_ws(' ', usename, application_name, wait_event, query) as shown from pg_stat_activity
          where datname = current_database() and application_name like 'paraph%'`,
      )
      for (const { shown } of rows) {
        if (!seen.has(shown)) ledger.add({ name: 'pg_stat_activity', content: shown })
        seen.add(shown)
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
  })()
  return {
    close: async () => {
      isClosed = true
      await watching
      await client.end()
    },
  }
}

const ANSWER_PATIENCE_MS = 3_000

function sendBytes(url: string, bytes: string | Buffer): Promise<Buffer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    const timer = setTimeout(() => socket.destroy(), ANSWER_PATIENCE_MS)
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(Buffer.concat(chunks))
    })
  })
}
