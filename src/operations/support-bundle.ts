import { describeError } from '../observability/opaque-error.ts'
import type { Database } from '../platform/database.ts'
import { type ReadinessView, readinessView } from './contract.ts'
import { type Diagnosis, diagnose } from './doctor.ts'
import { drawVeil } from './foreign-requests.ts'
import type { LogLine } from './log-lines.ts'
import { isOurs } from './open-sources.ts'
import { ROLES, type Role, type Sources } from './probes.ts'
import { readNewestLines } from './recent-lines.ts'
import type { Scenario } from './scenarios/scenario.ts'
import { describeServer, type ServerFacts } from './store.ts'

/** So many of the newest lines go along. */
const LINES = 5_000

/** A part that could not be had says why by a code. */
type Part<T> = T | { readonly unreached: string | null }

export type SupportBundle = {
  readonly madeAt: string
  readonly version: string
  readonly system: { readonly node: string; readonly platform: string; readonly arch: string }
  /** Which settings somebody has chosen; their values stay here. */
  readonly settings: Readonly<Record<string, 'set' | 'default'>>
  readonly diagnosis: Diagnosis
  readonly metrics: Readonly<Record<Role, Part<string>>>
  readonly readiness: Readonly<Record<Role, Part<ReadinessView>>>
  readonly database: Part<ServerFacts>
  readonly log: Part<readonly LogLine[]>
}

export type SupportDeps = {
  readonly now: () => Date
  readonly version: string
  readonly settings: SupportBundle['settings']
  readonly sources: Sources
  readonly scenarios: readonly Scenario[]
  readonly logsDirectory: string
  readonly openDatabase: () => Promise<Database | undefined>
  /** The answer of a process to a path of its metrics port. Throws when it does not answer. */
  readonly fetchText: (role: Role, path: '/metrics' | '/readyz') => Promise<string>
}

/**
 * What somebody elsewhere needs to help: a diagnosis, metrics, readiness, facts of the database, the newest log lines. It
 * is made of ids, numbers and closed words: of a log line only registered fields go along, of settings only that they are
 * set, and request ids that callers chose are hidden. Changes nothing; what is out of reach is said.
 */
export async function makeSupportBundle(deps: SupportDeps): Promise<SupportBundle> {
  const veil = drawVeil()
  // By itself, so that nothing else makes what is well look slow.
  const diagnosis = await diagnose(deps.sources, deps.scenarios)
  const [metrics, readiness, database, log] = await Promise.all([
    ofEachRole(async (role) => {
      const text = await deps.fetchText(role, '/metrics')
      if (!isOurs(text)) throw new Error('not the metrics of Paraph')
      return text
    }),
    ofEachRole(async (role) => readinessView.parse(JSON.parse(await deps.fetchText(role, '/readyz')))),
    reach(async () => {
      const db = await deps.openDatabase()
      if (db === undefined) throw new Error('no database')
      return describeServer(db)
    }),
    reach(async () => (await readNewestLines(deps.logsDirectory, LINES)).map(veil.line)),
  ])
  return {
    madeAt: deps.now().toISOString(),
    version: deps.version,
    system: { node: process.version, platform: process.platform, arch: process.arch },
    settings: deps.settings,
    diagnosis: veil.diagnosis(diagnosis),
    metrics,
    readiness,
    database,
    log,
  }
}

async function ofEachRole<T>(ask: (role: Role) => Promise<T>): Promise<Readonly<Record<Role, Part<T>>>> {
  const [api, worker] = await Promise.all(ROLES.map((role) => reach(() => ask(role))))
  return { api, worker } as Readonly<Record<Role, Part<T>>>
}

async function reach<T>(ask: () => Promise<T>): Promise<Part<T>> {
  try {
    return await ask()
  } catch (error) {
    const code = describeError(error)['error.code']
    return { unreached: typeof code === 'string' ? code : null }
  }
}
