import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { CopyStatus } from '../../src/copies/contract.ts'
import type { CopyMove } from '../../src/copies/status.ts'
import { performFinalization, recordLostFinalization } from '../../src/marking/finalize.ts'
import { expireLocks } from '../../src/marking/lock.ts'
import type { RenderMarkedPdf } from '../../src/marking/render.ts'
import { runInContext } from '../../src/observability/context.ts'
import { errorCodeOf } from '../../src/platform/errors.ts'
import type { TestApp } from './app.ts'
import type { Request, TestClient } from './client.ts'
import { type BuiltCopy, type CopyWorkshop, contentOf } from './copy-in-state.ts'

export type Role = 'admin' | 'marker' | 'operator'
export type World = Readonly<Record<Role, TestClient>> & {
  readonly app: TestApp
  readonly workshop: CopyWorkshop
  /** A connection that takes a copy's row and lets go of it. */
  readonly gate: pg.Client
}

/** What a racer was told: the status of its answer, 0 for the system's own work, which nobody answers. */
export type Told = { readonly status: number; readonly code?: string; readonly token?: string }

export type Racer = {
  /** Its move of the state table; a write leaves the copy LOCKED, an attempt that may be repeated leaves it grading. */
  readonly move: CopyMove | 'annotate' | 'score' | 'remark' | 'attempt'
  /** The holder's own tab, by default. */
  readonly by: Role | 'system'
  /** The events it leaves when it wins. */
  readonly wins: RegExp
  readonly run: (world: World, copy: BuiltCopy, requestId: string) => Promise<Told>
}

const REASON = { body: { reason: 'other' } }
const TICK = { body: { pageNumber: 1, kind: 'tick', x: 0.1, y: 0.1 } }

function call(
  move: Racer['move'],
  wins: RegExp,
  by: Role,
  path: string,
  request: Request = {},
  method = 'POST',
): Racer {
  return {
    move,
    by,
    wins,
    run: async (world, copy, requestId) => {
      const headers = { 'x-request-id': requestId }
      const itsPath = `${copy.path}/${path.replace(':itemId', world.workshop.itemId)}`
      const withToken = { lockToken: copy.lockToken, ...request, headers }
      const { status, body } = await world[by].call(method, itsPath, withToken)
      return { status, code: body.code, token: body.token }
    },
  }
}

function work(
  move: Racer['move'],
  wins: RegExp,
  run: (world: World, copy: BuiltCopy) => Promise<unknown>,
): Racer {
  return {
    move,
    by: 'system',
    wins,
    run: (world, copy, requestId) =>
      runInContext({ requestId, actor: { kind: 'system' } }, () => run(world, copy)).then(
        () => ({ status: 0 }),
        (error: unknown) => (error === BROKEN ? { status: 0 } : { status: 500, code: errorCodeOf(error) }),
      ),
  }
}

/** The sweeper, which looks again and again; it may come too early for a lease that is about to end. */
async function sweep({ app }: World): Promise<void> {
  for (let look = 0; look < 6 && (await expireLocks(app.services)) === 0; look++) await sleep(2)
}

const BROKEN = new Error('the renderer is broken')

/** One attempt of the job with a renderer that stores a few bytes, or breaks. */
function attempt(attemptNumber: number, isBroken: boolean) {
  return ({ app }: World, copy: BuiltCopy) => {
    const renderMarkedPdf: RenderMarkedPdf = async ({ documentId }) => {
      await sleep(Math.random() * 2)
      if (isBroken) throw BROKEN
      const { sha256 } = await app.services.blobs.put(contentOf(documentId))
      return { sha256, pages: 1, sheetPages: 1 }
    }
    const job = { id: copy.jobId, attempt: attemptNumber, isLastAttempt: attemptNumber === 3 }
    const payload = { copyId: copy.copyId, version: 1 }
    return performFinalization({ ...app.services, renderMarkedPdf }, payload, job)
  }
}

function lose({ app }: World, copy: BuiltCopy): Promise<void> {
  const deps = { ...app.services, renderMarkedPdf: () => Promise.reject(BROKEN) }
  return recordLostFinalization(deps, { copyId: copy.copyId, version: 1 }, { id: copy.jobId })
}

const LOCKING = /^(UNLOCK expired, )?LOCK$/
const TAKING_OVER = /^UNLOCK (taken-over|expired), LOCK$/
const SUCCESS = /^(FINALIZE worker-lost, )?FINALIZE success$/
const FAILURE = /^(FINALIZE worker-lost, )?FINALIZE internal$/

export const RACERS = {
  validate: call('validate', /^VALIDATE$/, 'admin', 'validate'),
  'send-back': call('send-back', /^SEND_BACK$/, 'marker', 'send-back', REASON),
  'send-back by the admin': call('send-back', /^SEND_BACK$/, 'admin', 'send-back', REASON),
  lock: call('lock', LOCKING, 'marker', 'lock'),
  'lock by the admin': call('lock', LOCKING, 'admin', 'lock'),
  unlock: call('unlock', /^UNLOCK released$/, 'marker', 'unlock'),
  expire: work('expire', /^UNLOCK expired$/, sweep),
  'take-over': call('take-over', TAKING_OVER, 'marker', 'lock/take-over'),
  'take-over by the admin': call('take-over', TAKING_OVER, 'admin', 'lock/take-over'),
  'force-release': call('force-release', /^UNLOCK forced$/, 'operator', 'force-release', REASON),
  finalize: call('finalize', /^FINALIZE_REQUEST first$/, 'marker', 'finalize'),
  succeed: work('succeed', SUCCESS, attempt(3, false)),
  fail: work('fail', FAILURE, attempt(3, true)),
  'fail as lost': work('fail', /^FINALIZE worker-lost$/, lose),
  'succeed, stalled': work('succeed', SUCCESS, attempt(2, false)),
  'one attempt fails': work('attempt', FAILURE, attempt(2, true)),
  retry: call('retry', /^FINALIZE_REQUEST retry$/, 'marker', 'retry'),
  'retry by the operator': call('retry', /^FINALIZE_REQUEST retry$/, 'operator', 'retry'),
  correct: call('correct', /^UNLOCK correct$/, 'marker', 'unlock', { lockToken: '' }),
  'correct by the admin': call('correct', /^UNLOCK correct$/, 'admin', 'unlock', { lockToken: '' }),
  reopen: call('reopen', /^REOPEN$/, 'admin', 'reopen', REASON),
  annotate: call('annotate', /^CREATE_ANN$/, 'marker', 'annotations', TICK),
  score: call('score', /^SCORE$/, 'marker', 'scores/:itemId', { body: { points: 2 }, version: 0 }, 'PUT'),
  remark: call(
    'remark',
    /^REMARK$/,
    'marker',
    'remarks/:itemId',
    { body: { text: 'Vu' }, version: 0 },
    'PUT',
  ),
} as const satisfies Record<string, Racer>
type RacerName = keyof typeof RACERS

/** Who may win. */
export const RULES = {
  one: 'exactly one',
  once: 'one does it; the other is told the same',
  second: 'the second always; the first only before it',
  both: 'both, one after the other',
} as const

/** Which of the two. */
export type Side = 0 | 1

export type Pair = {
  readonly state: CopyStatus
  readonly racers: readonly [RacerName, RacerName]
  readonly rule: keyof typeof RULES
  /** The code that each is refused with when it loses; `–` for one that cannot lose, or whom nobody answers. */
  readonly refusals: readonly [string, string]
  /** The one that has the shorter way, and so starts up to that many milliseconds later. */
  readonly late?: { readonly side: Side; readonly ms: number }
  /** `over`: not swept yet; `ending`: it ends during the race. */
  readonly lease?: 'live' | 'over' | 'ending'
}

const pair = (
  state: CopyStatus,
  racers: Pair['racers'],
  rule: Pair['rule'],
  refusals: Pair['refusals'],
  lease: Pair['lease'] = 'live',
): Pair => ({ state, racers, rule, refusals, lease })

const inState =
  (state: CopyStatus) => (racers: Pair['racers'], rule: Pair['rule'], refusals: Pair['refusals']) =>
    pair(state, racers, rule, refusals)

export const MISMATCH = 'lock-token-mismatch'
const ILLEGAL = 'illegal-transition'
const EXPIRED = 'lock-expired'
const NOT_LOCKED = 'not-locked'
const LOCKED_ALREADY = 'already-locked'

const staging = inState('STAGING')
const ready = inState('READY')
const locked = inState('LOCKED')
const over = (racers: Pair['racers'], rule: Pair['rule'], refusals: Pair['refusals']) =>
  pair('LOCKED', racers, rule, refusals, 'over')
const ending = (racers: Pair['racers'], rule: Pair['rule'], refusals: Pair['refusals']) =>
  pair('LOCKED', racers, rule, refusals, 'ending')
const grading = inState('GRADING_IN_PROGRESS')
const failed = inState('GRADING_FAILED')
const graded = inState('GRADED')

export const PAIRS: readonly Pair[] = [
  staging(['validate', 'validate'], 'one', [ILLEGAL, ILLEGAL]),

  ready(['send-back', 'send-back by the admin'], 'one', [ILLEGAL, ILLEGAL]),
  ready(['send-back by the admin', 'lock'], 'one', [ILLEGAL, ILLEGAL]),
  ready(['send-back', 'lock by the admin'], 'one', [ILLEGAL, ILLEGAL]),
  ready(['lock', 'lock by the admin'], 'one', [LOCKED_ALREADY, LOCKED_ALREADY]),
  ready(['lock', 'lock'], 'one', [LOCKED_ALREADY, LOCKED_ALREADY]),

  locked(['unlock', 'unlock'], 'one', [EXPIRED, EXPIRED]),
  ending(['unlock', 'expire'], 'one', [EXPIRED, '–']),
  locked(['unlock', 'take-over'], 'one', [MISMATCH, NOT_LOCKED]),
  locked(['unlock', 'take-over by the admin'], 'one', [MISMATCH, NOT_LOCKED]),
  locked(['unlock', 'force-release'], 'one', [EXPIRED, NOT_LOCKED]),
  locked(['unlock', 'finalize'], 'one', [NOT_LOCKED, EXPIRED]),
  over(['expire', 'expire'], 'one', ['–', '–']),
  { ...over(['expire', 'take-over'], 'one', ['–', NOT_LOCKED]), late: { side: 0, ms: 12 } },
  { ...over(['expire', 'take-over by the admin'], 'one', ['–', NOT_LOCKED]), late: { side: 0, ms: 12 } },
  { ...over(['expire', 'force-release'], 'one', ['–', NOT_LOCKED]), late: { side: 0, ms: 12 } },
  ending(['expire', 'finalize'], 'one', ['–', EXPIRED]),
  locked(['take-over', 'take-over'], 'both', ['–', '–']),
  locked(['take-over', 'take-over by the admin'], 'second', [LOCKED_ALREADY, '–']),
  locked(['take-over by the admin', 'take-over by the admin'], 'both', ['–', '–']),
  locked(['take-over', 'force-release'], 'second', [NOT_LOCKED, '–']),
  locked(['take-over by the admin', 'force-release'], 'second', [NOT_LOCKED, '–']),
  locked(['take-over', 'finalize'], 'one', [NOT_LOCKED, MISMATCH]),
  locked(['take-over by the admin', 'finalize'], 'one', [NOT_LOCKED, MISMATCH]),
  locked(['force-release', 'force-release'], 'one', [NOT_LOCKED, NOT_LOCKED]),
  locked(['force-release', 'finalize'], 'one', [NOT_LOCKED, EXPIRED]),
  locked(['finalize', 'finalize'], 'once', ['–', '–']),
  over(['lock', 'lock by the admin'], 'one', [LOCKED_ALREADY, LOCKED_ALREADY]),
  { ...over(['expire', 'lock by the admin'], 'second', ['–', '–']), late: { side: 0, ms: 12 } },
  over(['lock', 'take-over by the admin'], 'second', [LOCKED_ALREADY, '–']),

  grading(['succeed', 'succeed'], 'one', ['–', '–']),
  grading(['succeed', 'fail'], 'one', ['–', '–']),
  grading(['fail', 'fail'], 'one', ['–', '–']),
  { ...grading(['fail as lost', 'succeed'], 'one', ['–', '–']), late: { side: 0, ms: 50 } },
  { ...grading(['fail as lost', 'fail'], 'one', ['–', '–']), late: { side: 0, ms: 50 } },
  grading(['fail as lost', 'fail as lost'], 'one', ['–', '–']),
  { ...grading(['succeed, stalled', 'succeed'], 'one', ['–', '–']), late: { side: 1, ms: 50 } },
  { ...grading(['succeed, stalled', 'fail'], 'one', ['–', '–']), late: { side: 1, ms: 50 } },
  { ...grading(['one attempt fails', 'succeed'], 'second', ['–', '–']), late: { side: 1, ms: 50 } },
  { ...grading(['one attempt fails', 'fail'], 'second', ['–', '–']), late: { side: 1, ms: 50 } },

  failed(['retry', 'retry by the operator'], 'one', [ILLEGAL, ILLEGAL]),
  failed(['retry', 'correct by the admin'], 'one', [ILLEGAL, NOT_LOCKED]),
  failed(['correct', 'correct by the admin'], 'one', [NOT_LOCKED, NOT_LOCKED]),

  graded(['reopen', 'reopen'], 'one', [ILLEGAL, ILLEGAL]),

  ...(['annotate', 'score', 'remark'] as const).flatMap((write) => [
    locked([write, 'unlock'], 'second', [EXPIRED, '–']),
    locked([write, 'take-over'], 'second', [MISMATCH, '–']),
    locked([write, 'take-over by the admin'], 'second', [MISMATCH, '–']),
    locked([write, 'force-release'], 'second', [EXPIRED, '–']),
    ending([write, 'expire'], 'one', [EXPIRED, '–']),
    locked([write, 'finalize'], 'second', [NOT_LOCKED, '–']),
  ]),
  locked(['score', 'score'], 'one', ['version-conflict', 'version-conflict']),
  locked(['remark', 'remark'], 'one', ['version-conflict', 'version-conflict']),
]
