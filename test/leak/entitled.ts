import type { Hit } from '../support/leak-probe.ts'
import { type Kind, kindOf } from './canaries.ts'

/** What was asked, by whom, and with which status it was answered. */
export type Asked = {
  readonly who: string
  readonly method: string
  /** With `*` in the place of ids. */
  readonly path: string
  readonly status: number
}

type Entitlement = {
  readonly who: string
  readonly asks: RegExp
  readonly status: string
  readonly may: readonly (Kind | 'public.copy_lock.token' | 'everything')[]
}

const may = (who: string, asks: RegExp, ...kinds: Entitlement['may']): Entitlement => ({
  who,
  asks,
  status: '200 201 202',
  may: kinds,
})

/**
 * The bodies that may hold what they are asked for, and nothing else of a person: every other kind in them is a leak,
 * and so is anything in their headers. An answer that is not listed may hold nothing.
 */
export const ENTITLED: readonly Entitlement[] = [
  may('admin', /^(GET|POST) \/api\/exams(\/\*(\/rubric|\/markers)?)?$/, 'title', 'label'),
  may('admin', /^PUT \/api\/exams\/\*\/rubric$/, 'title', 'label'),
  may('admin', /^PUT \/api\/exams\/\*\/release$/, 'title', 'label'),
  may('admin', /^GET \/api\/exams\/\*\/students$/, 'name'),
  may('student', /^GET \/api\/my\/results$/, 'title'),
  may('student', /^GET \/api\/my\/results\/\*$/, 'title', 'label', 'text', 'strokes', 'points'),
  may('student', /^GET \/api\/my\/results\/\*\/(pages\/\d+|marked)$/, 'everything'),
  may('auditor marker', /^GET \/api\/exams(\/\*)?$/, 'title', 'label'),
  may('admin', /^(GET|POST) \/api\/exams\/\*\/batches$/, 'file-name'),
  may('admin', /^GET \/api\/batches\/\*$/, 'file-name'),
  may('admin', /^PUT \/api\/exams\/\*\/code-pattern$/, 'code'),
  may('admin', /^GET \/api\/(batches|copies)\/\*\/pages$/, 'code'),
  may('admin', /^GET \/api\/pages\/\*\/image$/, 'everything'),
  may(
    'admin',
    /^POST \/api\/(pages\/\*\/[a-z]+|copies|copies\/\*\/(reorder|split|merge)|page-operations\/\*\/undo)$/,
    'code',
  ),
  may('admin auditor', /^GET \/api\/copies\/\*\/events$/, 'file-name', 'note', 'points'),
  may('admin auditor', /^GET \/api\/audit\/events(\/\d+)?$/, 'file-name', 'note', 'points'),
  may('auditor', /^POST \/api\/audit\/reveal$/, 'name'),
  may('admin auditor marker', /^GET \/api\/copies\/\*\/(original|marked|pages\/\d+)$/, 'everything'),
  may('admin auditor marker', /^GET \/api\/copies\/\*\/annotations$/, 'text', 'strokes', 'points'),
  may('admin marker', /^(POST|PATCH) \/api\/copies\/\*\/annotations(\/\*)?$/, 'text', 'strokes', 'points'),
  may('admin auditor marker', /^GET \/api\/copies\/\*\/scores$/, 'label', 'points', 'text'),
  may('admin marker', /^PUT \/api\/copies\/\*\/((scores|remarks)\/\*|comment)$/, 'label', 'points', 'text'),
  may('admin auditor marker', /^(GET|POST) \/api\/copies\/\*\/(finalize|reopen)$/, 'points'),
  may('admin', /^GET \/api\/exams\/\*\/exports\/scores$/, 'label', 'points'),
  may('admin', /^GET \/api\/accounts$/, 'name', 'email'),
  may('admin auditor marker operator student', /^GET \/api\/my\/account$/, 'name'),
  // The holder of the lock is told what is there instead of the version that was meant.
  {
    ...may(
      'admin marker',
      /^(PATCH|DELETE) \/api\/copies\/\*\/annotations\/\*$/,
      'text',
      'strokes',
      'points',
    ),
    status: '409',
  },
  {
    ...may('admin marker', /^PUT \/api\/copies\/\*\/scores\/\*$/, 'label', 'points', 'text'),
    status: '409',
  },
  { ...may('admin marker', /^PUT \/api\/copies\/\*\/(remarks\/\*|comment)$/, 'text'), status: '409' },
  may('admin marker', /^POST \/api\/copies\/\*\/lock(\/heartbeat|\/take-over)?$/, 'public.copy_lock.token'),
]

/** Whether whoever asked may see that kind in the body of the answer. */
export function isEntitled(asked: Asked, hit: Hit): boolean {
  const kind = kindOf(hit) as Kind
  return ENTITLED.some(
    ({ who, asks, status, may }) =>
      who.split(' ').includes(asked.who) &&
      asks.test(`${asked.method} ${asked.path}`) &&
      status.split(' ').includes(String(asked.status)) &&
      (may.includes('everything') || may.includes(kind)),
  )
}
