import type { LogEvent } from '../observability/events.ts'
import type { Sample } from '../observability/exposition.ts'
import { SECOND } from '../platform/units.ts'
import type { LogLine } from './log-lines.ts'
import type { RecentLines } from './recent-lines.ts'
import type { Subject } from './subject.ts'

/** The processes that show metrics. */
export const ROLES = ['api', 'worker'] as const
export type Role = (typeof ROLES)[number]
/** What can be asked, each of which may be out of reach by itself. */
export type SourceName = 'database' | 'logs' | 'disk' | 'processors' | `${Role}-metrics`

/** `refused`: nothing listens. `silent`: something does, and gives no answer in time. */
export type Presence = 'answers' | 'silent' | 'refused'

/** Where probes look. Each throws when what it asks is out of reach. */
export type Sources = {
  /** Rows of a statement that only reads. */
  readonly rows: (sql: string) => Promise<readonly Subject[]>
  readonly samples: (role: Role) => Promise<readonly Sample[]>
  /** Log lines of the window (since a later time, if one is given) that report an event and hold a text, if one is given. */
  readonly lines: RecentLines['lines']
  readonly newest: RecentLines['newest']
  /** Whether a process is there: whatever else it may refuse to say. */
  readonly presence: (role: Role) => Promise<Presence>
  /** The same of the database, on a connection of its own. Throws when there is none to ask. */
  readonly databasePresence: () => Promise<Presence>
  /** Bytes free on the disk of a folder of the installation. */
  readonly freeBytes: () => Promise<number>
  /** How short of processor time the machine is, from 0 to 1. */
  readonly cpuPressure: () => Promise<number>
  readonly now: () => Date
  /** How far back events are looked at. */
  readonly windowSeconds: number
}

/** A question with the query that an operator would put by hand. */
export type Probe<T> = {
  readonly id: string
  readonly kind: 'sql' | 'metric' | 'log' | 'disk' | 'process' | 'server' | 'processors'
  readonly source: SourceName
  /** SQL, PromQL or a shell command, for the page of the scenario. */
  readonly text: string
  readonly ask: (sources: Sources) => Promise<T>
  /** Its answer may be that the source is out of reach: it does not show that others could have been answered. */
  readonly isAboutReach?: true
}

/** Stands for the window in the text of a statement; the page shows what it is by default. */
export const WINDOW = "interval '15 minutes'"

/**
 * Rows of a statement, with ids, numbers and closed words only. It may hold `WINDOW` where it looks at what happened
 * of late.
 */
export function sqlProbe<Row extends Subject>(id: string, text: string): Probe<readonly Row[]> {
  const statement = text.trim()
  return {
    id,
    kind: 'sql',
    source: 'database',
    text: statement,
    ask: async ({ rows, windowSeconds }) =>
      (await rows(statement.replaceAll(WINDOW, `interval '${windowSeconds} seconds'`))) as readonly Row[],
  }
}

type Selector = { readonly metric: string; readonly labels?: Readonly<Record<string, string>> }

function matches({ metric, labels = {} }: Selector, sample: Sample): boolean {
  return (
    sample.name === metric && Object.entries(labels).every(([name, value]) => sample.labels[name] === value)
  )
}

/** The largest value of a metric, or their sum; undefined when the process shows none. */
export function metricProbe(
  id: string,
  role: Role,
  selector: Selector,
  combine: 'max' | 'sum' = 'max',
): Probe<number | undefined> {
  const conditions = Object.entries(selector.labels ?? {}).map(([name, value]) => `${name}="${value}"`)
  return {
    id,
    kind: 'metric',
    source: `${role}-metrics`,
    text: `${combine}(${selector.metric}${conditions.length > 0 ? `{${conditions.join(',')}}` : ''})`,
    ask: async ({ samples }) => {
      const found = (await samples(role))
        .filter((sample) => matches(selector, sample))
        .map(({ value }) => value)
      if (found.length === 0) return undefined
      return combine === 'max' ? Math.max(...found) : found.reduce((sum, value) => sum + value, 0)
    },
  }
}

/** Lines of one event within the window; `text` narrows them by what stands in the line as it is written. */
export function logProbe(id: string, event: LogEvent, text?: string): Probe<readonly LogLine[]> {
  return {
    id,
    kind: 'log',
    source: 'logs',
    text: `grep -h '"event":"${event}"' "$PARAPH_DATA"/logs/*/*.log${text ? ` | grep -F '${text}'` : ''}`,
    ask: ({ lines }) => lines(event, text),
  }
}

/** Lines of one event within the last `seconds`, however far back the window goes: for what must be so right now. */
export function lateLogProbe(
  id: string,
  event: LogEvent,
  pattern: RegExp,
  seconds: number,
): Probe<readonly LogLine[]> {
  return {
    ...logProbe(id, event),
    text: `grep -h '"event":"${event}"' "$PARAPH_DATA"/logs/*/*.log | grep -E '${pattern.source}' | tail -n 20`,
    ask: ({ lines, now }) => lines(event, pattern, new Date(now().getTime() - seconds * SECOND)),
  }
}

/** Whether a process answers on its metrics port. */
export function processProbe(id: string, role: Role): Probe<Presence> {
  return {
    id,
    kind: 'process',
    source: `${role}-metrics`,
    text: `up{job="paraph",role="${role}"}`,
    ask: ({ presence }) => presence(role),
    isAboutReach: true,
  }
}

/** Whether the database answers at all; `sql` is what the playbook sets up in a shell. */
export const databaseProbe: Probe<Presence> = {
  id: 'database-answers',
  kind: 'server',
  source: 'database',
  text: "PGCONNECT_TIMEOUT=3 sql --tuples-only --no-align --command='select 1'",
  ask: ({ databasePresence }) => databasePresence(),
}

/** How short of processor time the machine is. */
export const cpuPressureProbe: Probe<number> = {
  id: 'cpu-pressure',
  kind: 'processors',
  source: 'processors',
  text: 'cat /proc/pressure/cpu',
  ask: ({ cpuPressure }) => cpuPressure(),
}

/** Bytes free where the installation keeps its data. */
export const freeBytesProbe: Probe<number> = {
  id: 'free-bytes',
  kind: 'disk',
  source: 'disk',
  text: 'df --output=avail -B1 "$PARAPH_DATA"',
  ask: ({ freeBytes }) => freeBytes(),
}
