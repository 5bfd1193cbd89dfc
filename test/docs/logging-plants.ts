import type { FindingKind } from '../../tools/logging-report/finding.ts'

/** A fault for the report to find: a file beside the others, or one of them with some words replaced. */
export type Plant = {
  readonly kind: FindingKind
  readonly file: string
  readonly source: string | { readonly replace: string; readonly by: string }
  /** Where it is reported, if not in that file. */
  readonly foundIn?: string
}

const LOG = "import { log } from '../observability/log.ts'\n"

/** At least one fault for each kind of finding: what somebody in a hurry would write. */
export const PLANTS: readonly Plant[] = [
  {
    kind: 'logger-unknown',
    file: 'src/marking/planted-logger.ts',
    source: `${LOG}const other = log.jobs\nexport const tell = () => other.info('job.released')\n`,
  },
  {
    kind: 'free-text',
    file: 'src/marking/planted-text.ts',
    source: `${LOG}export const tell = (name: string) => log.grading.info('lock.taken', { 'copy.id': name })\n`,
  },
  {
    kind: 'free-text',
    file: 'src/marking/planted-constant.ts',
    source: `${LOG}export function tell(name: string) {
      const fields = { 'copy.id': name }
      log.grading.info('lock.taken', fields)
    }\n`,
  },
  {
    kind: 'event-not-literal',
    file: 'src/marking/planted-event.ts',
    source: `${LOG}export const tell = (what: 'taken') => log.grading.info(\`lock.\${what}\`)\n`,
  },
  {
    kind: 'fields-elsewhere',
    file: 'src/marking/planted-spread.ts',
    source: `${LOG}export const tell = (fields: object) => log.grading.info('lock.taken', { ...fields })\n`,
  },
  {
    kind: 'cast-in-log',
    file: 'src/marking/planted-cast.ts',
    source: `${LOG}export const tell = (role: string) => log.app.info('process.started', { 'process.role': role as 'api' })\n`,
  },
  {
    kind: 'brand-given',
    file: 'src/marking/planted-brand.ts',
    source: `import type { Id } from '../observability/id.ts'
    ${LOG}export const tell = (name: string) => log.grading.info('lock.taken', { 'copy.id': name as Id })\n`,
  },
  {
    kind: 'request-in-log',
    file: 'src/http/planted-request.ts',
    source: `import type { FastifyRequest } from 'fastify'
    ${LOG}export function tell(request: FastifyRequest) {
      const method = request.headers.host === 'example.org' ? 'GET' : 'POST'
      log.http.info('http.request', { 'http.request.method': method })
    }\n`,
  },
  {
    kind: 'request-in-log',
    file: 'src/http/planted-address.ts',
    source: `${LOG}export const tell = (address: URL) =>
      log.http.info('http.request', { 'server.port': Number(address.port) })\n`,
  },
  {
    kind: 'console',
    file: 'src/copies/planted-console.ts',
    source: "export const tell = () => console.log('here')\n",
  },
  {
    kind: 'terminal',
    file: 'src/copies/planted-terminal.ts',
    source: "export const tell = () => process.stderr.write('here')\n",
  },
  {
    kind: 'terminal',
    file: 'src/copies/planted-descriptor.ts',
    source:
      "import { writeSync } from 'node:fs'\nconst OUT = 1\nexport const tell = () => writeSync(OUT, 'here')\n",
  },
  {
    kind: 'process-warning',
    file: 'src/copies/planted-warning.ts',
    source: "export const tell = () => process.emitWarning('here')\n",
  },
  {
    kind: 'inherited-stdio',
    file: 'src/pdf/planted-spawn.ts',
    source:
      "import { spawn } from 'node:child_process'\nexport const run = () => spawn('true', [], { stdio: 'inherit' })\n",
  },
  {
    kind: 'inherited-stdio',
    file: 'src/pdf/planted-fork.ts',
    source:
      "import * as children from 'node:child_process'\nexport const run = () => children.fork('x.js', [], {})\n",
  },
  {
    kind: 'debug-leftover',
    file: 'src/pdf/planted-debugger.ts',
    source: 'export function stop() {\n  debugger\n}\n',
  },
  {
    kind: 'debug-leftover',
    file: 'src/pdf/planted.test.ts',
    source: "import { it } from 'vitest'\nit.only('one', () => undefined)\n",
  },
  {
    kind: 'error-text',
    file: 'src/queue/planted-message.ts',
    source: 'export const length = (error: Error) => error.message.length\n',
  },
  {
    kind: 'error-text',
    file: 'src/queue/planted-detail.ts',
    source: "export const read = (error: unknown) => (error as { detail: string })['detail']\n",
  },
  {
    kind: 'error-text',
    file: 'src/queue/planted-stack.ts',
    source: 'export const lines = ({ stack }: Error) => stack?.length\n',
  },
  {
    kind: 'error-as-text',
    file: 'src/queue/planted-template.ts',
    source: `export function read(work: () => string) {
      try {
        return work()
      } catch (error) {
        return \`failed: \${error}\`
      }
    }\n`,
  },
  {
    kind: 'error-as-text',
    file: 'src/queue/planted-json.ts',
    source: 'export const read = (cause: RangeError) => JSON.stringify(cause)\n',
  },
  {
    kind: 'personal-column',
    file: 'src/exams/planted-column.ts',
    source: 'export const QUERY = `select a.email from people.account a where a.id = $1`\n',
  },
  {
    kind: 'reveal-purpose',
    file: 'src/exams/planted-reveal.ts',
    source: `import { type RevealPurpose, reveal, type Sensitive } from '../observability/sensitive.ts'
    export const look = (name: Sensitive<string>, why: RevealPurpose) => reveal(name, why)\n`,
  },
  {
    kind: 'reveal-purpose',
    file: 'src/exams/planted-peek.ts',
    source: `import type { Sensitive } from '../observability/sensitive.ts'
    export const look = (name: Sensitive<string>) => name.toPostgres((value: unknown) => value)\n`,
  },
  {
    kind: 'silent-catch',
    file: 'src/platform/planted-clause.ts',
    source:
      'export function read(work: () => string) {\n  const start = 1\n  try {\n    work()\n  } catch {}\n  return start\n}\n',
  },
  {
    kind: 'silent-catch',
    file: 'src/platform/planted-callback.ts',
    source: 'export const read = (work: Promise<string>) => work.catch(() => undefined)\n',
  },
  {
    kind: 'silent-catch',
    file: 'src/platform/planted-rejection.ts',
    source: "export const read = (work: Promise<string>) => work.then((text) => text, () => '')\n",
  },
  {
    kind: 'silent-catch',
    file: 'src/platform/planted-listener.ts',
    source:
      "import type { EventEmitter } from 'node:events'\nexport const open = (one: EventEmitter) => one.on('error', () => {})\n",
  },
  {
    kind: 'logged-and-rethrown',
    file: 'src/platform/planted-twice.ts',
    source: `${LOG}export function run(work: () => void) {
      try {
        work()
      } catch (error) {
        log.http.error('http.failed', {}, error)
        throw error
      }
    }\n`,
  },
  {
    kind: 'two-levels',
    file: 'src/http/planted-level.ts',
    source: `${LOG}export const tell = (error: unknown) => log.http.critical('http.failed', {}, error)\n`,
    foundIn: 'src/observability/events.ts',
  },
  {
    kind: 'error-not-attached',
    file: 'src/http/planted-bare.ts',
    source: `${LOG}export const tell = () => log.http.error('http.failed')\n`,
  },
  {
    kind: 'error-logged-low',
    file: 'src/http/planted-low.ts',
    source: `${LOG}export function run(work: () => void) {
      try {
        work()
      } catch (error) {
        log.grading.info('lock.taken', {}, error)
      }
    }\n`,
  },
  {
    kind: 'event-unused',
    file: 'src/observability/events.ts',
    source: { replace: 'LOG_EVENTS = [', by: "LOG_EVENTS = ['planted.never'," },
  },
  {
    kind: 'entry-without-context',
    file: 'src/queue/planted-entry.ts',
    source:
      "import type { SweepTask } from './sweep.ts'\nexport const run = (task: SweepTask) => task.run()\n",
  },
  {
    kind: 'work-without-context',
    file: 'src/people/planted-work.ts',
    source: `import type { AppendEvent, StreamPosition } from '../audit/append.ts'
    import type { Tx } from '../platform/database.ts'
    export const record = (deps: { appendEvent: AppendEvent }, tx: Tx, stream: StreamPosition) =>
      deps.appendEvent(tx, { action: 'SIGN_OUT', stream, metadata: {} })\n`,
  },
  {
    kind: 'metric-missing',
    file: 'src/http/metrics.ts',
    source: { replace: 'http_requests_total', by: 'http_requests_sum' },
    foundIn: 'src/observability/metrics.ts',
  },
  {
    kind: 'metric-differs',
    file: 'src/marking/metrics.ts',
    source: { replace: 'conflict_type', by: 'conflict' },
  },
]

/** What becomes of an error in each of these functions, in this order. */
export const HANDLERS = {
  file: 'src/platform/planted-handlers.ts',
  source: `
import { log } from '../observability/log.ts'
import { AppError } from './errors.ts'
const tell = (error: unknown) => log.http.error('http.failed', {}, error)
export async function handle(work: () => Promise<string>, clean: () => void, expected: string) {
  await work().catch((error) => tell(error))
  await work().catch(() => clean())
  try { await work() } catch (cause) { throw new AppError('internal', { title: 'No.', cause }) }
  try { await work() } catch (error) { clean(); throw error }
  try { await work() } catch (error) { if ((error as { code: string }).code !== expected) throw error }
  try { await work() } catch (error) { return (error as { code: string }).code === expected }
  try { await work() } catch (error) { if ((error as { code: string }).code !== expected) return false }
  try { await work() } catch { /* Nobody minds. */ }
  await new Promise((resolve, reject) => work().then(resolve, reject))
  return false
}
`,
  deeds: [
    ['logs'],
    ['compensates'],
    ['translates'],
    ['compensates', 'rethrows'],
    ['rethrows', 'lets one pass'],
    ['hands on'],
    ['hands on'],
    ['swallows'],
    ['rethrows'],
  ],
} as const
