import { observeRequest } from '../../src/http/metrics.ts'
import { toProblem } from '../../src/http/problem.ts'
import { countLockConflict } from '../../src/marking/metrics.ts'
import { runInContext } from '../../src/observability/context.ts'
import { type Log, log } from '../../src/observability/log.ts'
import { printMetrics } from '../../src/observability/scrape.ts'
import { Sensitive } from '../../src/observability/sensitive.ts'
import { writeLibraryLog } from '../../src/people/auth-log.ts'
import { AppError } from '../../src/platform/errors.ts'
import { newId } from '../../src/platform/ids.ts'
import type { Canary } from './canaries.ts'
import type { Vector } from './vector.ts'
import type { World } from './world.ts'

/** What a caller could hand over who has got round the types. */
type Untyped = (event: unknown, fields?: object, error?: unknown) => void
const untyped = (level: keyof Log): Untyped => log.app[level] as Untyped

/** What the log has made of some fields: the members that were dropped. */
async function dropped(world: World, write: () => void): Promise<string> {
  write()
  const line = await world.line('process.started')
  const names = Object.keys(line).filter((name) => line[name] === '[dropped]')
  return names.length === 0 ? 'left out' : `dropped: ${names.join(', ')}`
}

const fields = (make: (canary: Canary) => object) => (world: World, canary: Canary) =>
  dropped(world, () => untyped('info')('process.started', make(canary)))

/** An array that changes once it has been looked at. */
function shifty(first: string, then: string): string[] {
  let looks = 0
  return Object.defineProperty([''], '0', { enumerable: true, get: () => (looks++ === 0 ? first : then) })
}

const FRAME = 'platform/ids.ts:1:newId'

export const LINE_VECTORS: readonly Vector<World>[] = [
  {
    name: 'a field that nobody registered',
    path: 'names and values of fields',
    outcome: 'left out',
    provoke: fields((canary) => ({
      name: canary.text('name'),
      [canary.text('input')]: 1,
      [canary.word('input')]: 2,
    })),
  },
  {
    name: 'a name in the place of an id',
    path: 'fields of ids',
    outcome: 'dropped: copy.id, exam.id, job.id',
    provoke: fields((canary) => ({
      'copy.id': canary.text('input'),
      'exam.id': canary.token('input'),
      'job.id': canary.word('input'),
    })),
  },
  {
    name: 'a name in the place of a code',
    path: 'the fields error.code and error.type',
    outcome: 'dropped: error.code',
    provoke: fields((canary) => ({ 'error.code': canary.token('input') })),
  },
  {
    name: 'a name in the place of a queue, a conflict, an exit',
    path: 'fields of closed words',
    outcome: 'dropped: job.queue, conflict.type, process.exit.reason',
    provoke: fields((canary) => ({
      'job.queue': canary.token('input'),
      'conflict.type': canary.token('input'),
      'process.exit.reason': canary.token('input'),
    })),
  },
  {
    name: 'a name in the place of a route',
    path: 'the field http.route',
    outcome: 'dropped: http.route',
    provoke: fields((canary) => ({ 'http.route': `/api/${canary.text('input')}` })),
  },
  {
    name: 'a name in the place of a metric',
    path: 'the field metric.name',
    outcome: 'dropped: metric.name',
    provoke: fields((canary) => ({ 'metric.name': canary.text('input') })),
  },
  {
    name: 'a name in the place of an action',
    path: 'the field audit.action',
    outcome: 'dropped: audit.action',
    provoke: fields((canary) => ({ 'audit.action': canary.capitals('input') })),
  },
  {
    name: 'a name in the place of what only an error may say',
    path: 'exception.type, db.table, db.constraint, system.syscall, exception.stacktrace',
    outcome: 'left out',
    provoke: fields((canary) => ({
      'exception.type': canary.word('input'),
      'db.table': canary.word('input'),
      'db.constraint': canary.word('input'),
      'system.syscall': canary.word('input'),
      'exception.stacktrace': [`${canary.word('input')}.ts:1:f`],
    })),
  },
  {
    name: 'values that are no texts',
    path: 'objects, lists, functions and symbols in every field of a number',
    outcome: 'dropped: pages, copies, bytes, duration_ms, success',
    provoke: fields((canary) => ({
      pages: { toJSON: () => canary.text('input') },
      copies: [canary.text('input')],
      bytes: () => canary.text('input'),
      duration_ms: Symbol(canary.text('input')),
      success: canary.text('input'),
    })),
  },
  {
    name: 'a list that prints itself',
    path: 'toJSON of the stack of an error',
    outcome: 'Error',
    provoke: async (world, canary) => {
      const stack = Object.assign([FRAME], { toJSON: () => canary.text('input') })
      untyped('error')('process.started', { 'exception.stacktrace': stack }, new Error('no'))
      return String((await world.line('process.started'))['exception.type'])
    },
  },
  {
    name: 'a list that changes when it is read twice',
    path: 'the stack of an error',
    outcome: 'Error',
    provoke: async (world, canary) => {
      const stack = shifty(FRAME, canary.text('input'))
      untyped('error')('process.started', { 'exception.stacktrace': stack }, new Error('no'))
      return String((await world.line('process.started'))['exception.type'])
    },
  },
  {
    name: 'a name in the place of an event',
    path: 'the event of a line',
    outcome: '[dropped]',
    provoke: async (world, canary) => {
      untyped('error')(canary.text('input'))
      return (await world.line('[dropped]')).event
    },
  },
  {
    name: 'a name in the context of the work',
    path: 'request id, trace, actor, job and copy of the context',
    outcome: 'dropped: request_id, trace_id, user_id, job.id, job.attempt, copy.id, exam.id',
    provoke: (world, canary) => {
      const name = canary.text('input') as never
      const context = {
        requestId: name,
        traceparent: `00-${canary.text('input')}-01`,
        jobId: name,
        attempt: name,
      }
      const actor = { kind: 'user', id: name, ref: name, role: name } as const
      return dropped(world, () =>
        runInContext({ ...context, actor, copyId: name, examId: name }, () =>
          log.app.info('process.started'),
        ),
      )
    },
  },
  {
    name: 'a sensitive value in every field',
    path: 'a Sensitive as a text, a number, an id, a list, an event',
    outcome: 'dropped: copy.id, pages, error.code, success',
    provoke: (world, canary) => {
      const name = new Sensitive(canary.text('name')) as never
      untyped('error')(name, { [String(name)]: name })
      return dropped(world, () =>
        untyped('info')('process.started', {
          'copy.id': name,
          pages: name,
          'error.code': name,
          success: name,
          name,
          list: [name],
          inner: { name },
        }),
      )
    },
  },
  {
    name: 'a sensitive value in an error',
    path: 'message, code, cause and members',
    outcome: 'TypeError',
    provoke: async (world, canary) => {
      const name = new Sensitive(canary.text('name'))
      const error = Object.assign(new TypeError(`no ${name}`, { cause: name }), {
        code: name,
        name,
        table: name,
      })
      untyped('error')('process.started', {}, error)
      return String((await world.line('process.started'))['exception.type'])
    },
  },
  {
    name: 'a sensitive value in an answer',
    path: 'members of a problem document; JSON, templates, spreading and printing besides',
    outcome: '[redacted]',
    provoke: async (world, canary) => {
      const name = new Sensitive(canary.text('name'))
      const error = new AppError('version-conflict', {
        title: `${name}`,
        problem: { name, inner: [{ ...name, name }] },
      })
      const { inspect, format } = await import('node:util')
      const printed = [
        JSON.stringify({ name }),
        `${name}`,
        inspect({ name }, { showHidden: true, depth: 9, customInspect: false }),
        format('%s %o %O %j %d', name, name, name, name, name),
        inspect(name),
        String(structuredClone({ ...name })),
        Object.values(name).join(),
      ]
      for (const content of [JSON.stringify(toProblem(error, newId())), ...printed])
        world.ledger.add({ name: 'a printed sensitive value', content })
      return String(name)
    },
  },
  {
    name: 'the words of the sign-in library',
    path: 'texts that it logs, known and unknown, and what it logs with them',
    outcome: 'other',
    provoke: async (world, canary) => {
      const text = canary.text('input')
      for (const level of ['debug', 'info', 'warn', 'error'] as const) {
        writeLibraryLog(level, text, { email: canary.email() }, new Error(text))
        writeLibraryLog(level, 'Invalid password', text)
        writeLibraryLog(level, canary.token('input'), [text])
      }
      return String((await world.line('auth.library'))['auth.event'])
    },
  },
  {
    name: 'a name in the label of a metric',
    path: 'the values of labels',
    outcome: 'metrics.record-failed in the log',
    provoke: async (world, canary) => {
      const value = canary.text('input')
      countLockConflict(value as never)
      observeRequest({ method: value, path: value, status: value as never, seconds: value as never })
      world.ledger.add({ name: 'the metrics', content: await printMetrics() })
      return `${(await world.line('metrics.record-failed')).event} in the log`
    },
  },
]
