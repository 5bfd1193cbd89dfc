import type { Ended } from '../support/command.ts'

/** What came of a question that was put by hand. */
export type Answer = {
  /** Whether it could be put at all. */
  readonly isAnswered: boolean
  /** Of SQL. */
  readonly rows: readonly Readonly<Record<string, string>>[]
  /** Of a shell. */
  readonly lines: readonly string[]
  /** Of PromQL. */
  readonly values: readonly number[]
  /** What was said instead of an answer. */
  readonly refusal: string
}

const NOTHING: Answer = { isAnswered: true, rows: [], lines: [], values: [], refusal: '' }

/** An answer of psql, which writes CSV; what the pages ask for are ids, numbers and closed words. */
export function answerOfSql({ code, stdout, stderr }: Ended): Answer {
  const [header = '', ...lines] = stdout.split('\n').filter(Boolean)
  const names = header.split(',')
  const rows = lines.map((line) => {
    const cells = line.split(',')
    return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? '']))
  })
  return { ...NOTHING, isAnswered: code === 0, rows, refusal: stderr }
}

/** How `curl` ends when nobody listens, or nothing is said: that is an answer. */
const NO_PROCESS: readonly (number | null)[] = [7, 28, 52, 56]
const LOG_TIME = /^\{"time":"([^"]+)"/

/** An answer of the shell; of log lines those from `since` on, as one who reads their time would see them. */
export function answerOfShell(text: string, { code, stdout, stderr }: Ended, since: string): Answer {
  const last = text.split('|').at(-1)?.trim() ?? ''
  // grep that finds nothing ends with 1.
  const isEnd = code === 0 || (code === 1 && last.startsWith('grep')) || isUnheard(last, code)
  const lines = stdout
    .split('\n')
    .filter((line) => line !== '' && (LOG_TIME.exec(line)?.[1] ?? since) >= since)
  return { ...NOTHING, isAnswered: isEnd && stderr === '', lines, refusal: stderr }
}

function isUnheard(last: string, code: number | null): boolean {
  return last.startsWith('curl') && NO_PROCESS.includes(code)
}

export function answerOfPrometheus(values: readonly number[] | undefined): Answer {
  return { ...NOTHING, isAnswered: values !== undefined, values: values ?? [] }
}

type Judgement = (answer: Answer) => boolean

const never: Judgement = () => false
/** A value at hand that is wrong; none at all is no finding. */
const value =
  (isWrong: (value: number) => boolean): Judgement =>
  ({ values }) =>
    values.some(isWrong)
const row =
  (isWrong: (row: Answer['rows'][number]) => boolean): Judgement =>
  ({ rows }) =>
    rows.some(isWrong)
const line =
  (count: number, isMeant: (line: string) => boolean = () => true): Judgement =>
  ({ lines }) =>
    lines.filter(isMeant).length >= count
const ofOneCopy =
  (count: number): Judgement =>
  ({ lines }) => {
    const copies = lines.map((one) => /"copy.id":"([^"]+)"/.exec(one)?.[1] ?? '')
    return copies.some((copy) => copies.filter((other) => other === copy).length >= count)
  }
/** A shell that was to print one word. */
const word =
  (expected: string): Judgement =>
  ({ lines }) =>
    lines.length > 0 && lines.join('') !== expected
const either =
  (...judgements: readonly Judgement[]): Judgement =>
  (answer) =>
    judgements.some((isContrary) => isContrary(answer))

const seconds = (limit: number) => row(({ seconds = '' }) => Number(seconds) > limit)
const isUp = either(
  value((up) => up !== 1),
  word('200'),
)
const BROKEN_UPLOAD = /"http.response.status_code":(?:400|408|499)/

/** When an answer is contrary to what the page expects, for the questions of which it does not merely expect nothing. */
export const CONTRARY: Readonly<Record<string, Judgement>> = {
  'worker-answers': isUp,
  'api-answers': isUp,
  'database-answers': ({ isAnswered }) => !isAnswered,
  'api-reaches-database': value((up) => up === 0),
  'worker-reaches-database': value((up) => up === 0),
  'paused-queues': row(({ waiting, reason }) => Number(waiting) > 0 || reason !== 'maintenance'),
  'accepted-uploads': never,
  'broken-uploads': line(1, (one) => BROKEN_UPLOAD.test(one)),
  'free-bytes': ({ lines }) => Number(lines.at(-1)) <= 1_000_000_000,
  'sweeper-lock': ({ isAnswered, rows }) =>
    isAnswered && (rows.length !== 1 || rows[0]?.['application'] !== 'paraph-worker'),
  'last-sweep': value((age) => age >= 60),
  'refused-locks': ofOneCopy(3),
  leases: row(({ silent }) => Number(silent) >= 120),
  'token-mismatches': ofOneCopy(5),
  'busy-engines': value((busy) => busy > 0),
  'cpu-pressure': line(1, (one) => /^some avg10=(?:[5-9]\d|100)\./.test(one)),
  'slow-answers': line(5, (one) => !one.includes('"http.route":"/api/exams/:examId/batches"')),
  'connection-refused': ({ refusal }) => /too many|reserved/.test(refusal),
  'pool-waiting': value((waiting) => waiting > 0),
  connections: never,
  'event-loop-lag': value((lag) => lag >= 0.5),
  'event-loop-use': value((use) => use >= 0.9),
  'refused-answers': line(10),
  'last-direct-event': never,
  'spooled-events': seconds(12),
  'appended-to-spool': value((events) => events > 0),
  'appended-to-nothing': value((events) => events > 0),
  'waiting-events': seconds(15),
  'integrator-place': ({ isAnswered, rows }) =>
    isAnswered && (rows.length !== 1 || rows[0]?.['ours'] !== 't'),
}

/** Whether an answer shows that something is wrong: by default any row or line does. */
export function isContrary(probe: string, answer: Answer): boolean {
  const judge = CONTRARY[probe] ?? (({ rows, lines }: Answer) => rows.length + lines.length > 0)
  return judge(answer)
}
