import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CopyStatus } from '../../src/copies/contract.ts'
import { type CopyMove, TRANSITIONS } from '../../src/copies/status.ts'
import { performFinalization, recordLostFinalization } from '../../src/marking/finalize.ts'
import { expireLocks } from '../../src/marking/lock.ts'
import type { RenderMarkedPdf } from '../../src/marking/render.ts'
import { runInContext } from '../../src/observability/context.ts'
import { errorCodeOf } from '../../src/platform/errors.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import type { Request, TestClient } from '../support/client.ts'
import {
  type BuiltCopy,
  type CopyFacts,
  type CopyWorkshop,
  contentOf,
  openCopyWorkshop,
} from '../support/copy-in-state.ts'

const ROUNDS = 50

type Role = 'admin' | 'marker' | 'operator'
type World = Readonly<Record<Role, TestClient>> & {
  readonly app: TestApp
  readonly workshop: CopyWorkshop
  /** A connection that takes a copy's row and lets go of it. */
  readonly gate: pg.Client
}

/** What a racer was told: the status of its answer, 0 for the system's own work, which nobody answers. */
type Told = { readonly status: number; readonly code?: string; readonly token?: string }

type Racer = {
  /** Its move of the state table; a write leaves the copy LOCKED, an attempt that may be repeated leaves it grading. */
  readonly move: CopyMove | 'annotate' | 'score' | 'attempt'
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

const RACERS = {
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
} as const satisfies Record<string, Racer>
type RacerName = keyof typeof RACERS

/** Who may win. */
const RULES = {
  one: 'exactly one',
  once: 'one does it; the other is told the same',
  second: 'the second always; the first only before it',
  both: 'both, one after the other',
} as const

type Pair = {
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

const MISMATCH = 'lock-token-mismatch'
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

const PAIRS: readonly Pair[] = [
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

  ...(['annotate', 'score'] as const).flatMap((write) => [
    locked([write, 'unlock'], 'second', [EXPIRED, '–']),
    locked([write, 'take-over'], 'second', [MISMATCH, '–']),
    locked([write, 'take-over by the admin'], 'second', [MISMATCH, '–']),
    locked([write, 'force-release'], 'second', [EXPIRED, '–']),
    ending([write, 'expire'], 'one', [EXPIRED, '–']),
    locked([write, 'finalize'], 'second', [NOT_LOCKED, '–']),
  ]),
  locked(['score', 'score'], 'one', ['version-conflict', 'version-conflict']),
]

type Tally = {
  readonly pair: Pair
  rounds: number
  readonly wins: [number, number]
  met: number
  violations: number
}

describe('two moves of one copy at once', () => {
  let world: World
  const tallies: Tally[] = []

  beforeAll(async () => {
    const app = await openTestApp({ worker: false })
    const admin = await app.signIn('admin')
    const [marker, operator] = [await app.signIn('marker'), await app.signIn('operator')]
    const workshop = await openCopyWorkshop(app, admin)
    const gate = new pg.Client({ connectionString: app.database.url })
    await gate.connect()
    world = { app, admin, marker, operator, workshop, gate }
  })
  afterAll(async () => {
    process.stdout.write(`${printed(tallies)}\n`)
    await world?.gate.end()
    await world?.workshop.close()
    await world?.app.close()
  })

  it('every move of the state table is in a race, with every other move of its state', () => {
    const moves = Object.keys(TRANSITIONS) as CopyMove[]
    const wanted = moves.flatMap((one, index) =>
      moves
        .slice(index)
        .filter((other) => TRANSITIONS[one].from === TRANSITIONS[other].from)
        .map((other) => [one, other].sort().join(' × ')),
    )
    const raced = PAIRS.map(({ racers }) =>
      racers
        .map((name) => RACERS[name].move)
        .sort()
        .join(' × '),
    )
    expect(wanted.filter((name) => !raced.includes(name))).toEqual([])
  })

  const titled = PAIRS.map((it) => ({
    ...it,
    title: `${it.racers[0]} × ${it.racers[1]}, the lease ${it.lease}`,
  }))
  it.each(titled)('$state: $title', async (raced) => {
    const tally: Tally = { pair: raced, rounds: 0, wins: [0, 0], met: 0, violations: 0 }
    tallies.push(tally)
    const violations: string[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const { winners, complaints, haveMet } = await race(world, raced, round)
      tally.rounds += 1
      tally.met += Number(haveMet)
      for (const winner of winners) tally.wins[winner] += 1
      violations.push(...complaints.map((complaint) => `round ${round}: ${complaint}`))
    }
    tally.violations = violations.length
    expect(violations).toEqual([])
  })

  it('the table of races is the one in the documentation', async () => {
    const page = describeRaces(tallies)
    await expect(page).toMatchFileSnapshot(resolve(import.meta.dirname, '../../docs/races.md'))
  })
})

type Side = 0 | 1
type Round = {
  readonly pair: Pair
  readonly copy: BuiltCopy
  readonly ids: readonly [string, string]
  readonly told: readonly [Told, Told]
}

async function race(world: World, raced: Pair, round: number) {
  const leaseMs = { live: 3_600_000, over: -1_000, ending: 2 + Math.random() * 20 }[raced.lease ?? 'live']
  const copy = await world.workshop.make({ status: raced.state, marker: world.marker, leaseMs })
  const ids = [randomUUID(), randomUUID()] as const
  const run = (side: Side) => RACERS[raced.racers[side]].run(world, copy, ids[side])
  // Every other round both wait at the copy's row before either may go on; a lease would meanwhile end by itself.
  const isHeld = round % 2 === 1 && raced.lease !== 'ending'
  const delayOf = (side: Side) => (raced.late?.side === side && !isHeld ? raced.late.ms : 3)
  const startBoth = () =>
    Promise.all([startSoon(() => run(0), delayOf(0)), startSoon(() => run(1), delayOf(1))])
  const { told, haveMet } = isHeld
    ? await startHeld(world, copy, startBoth)
    : { told: await startBoth(), haveMet: false }
  // A lease that ended after the sweeper's last look, and that nobody prolonged, is ended by its next one.
  const sweeper = raced.racers.indexOf('expire') as Side | -1
  if (sweeper !== -1 && raced.lease === 'ending') {
    await sleep(leaseMs)
    await run(sweeper)
  }
  const facts = await world.workshop.read(copy.copyId)
  const judged = judge({ pair: raced, copy, ids, told }, facts)
  const complaints = [
    ...judged.complaints,
    ...(await judgeTokens(world, { pair: raced, copy, ids, told }, facts)),
  ]
  return { winners: judged.winners, complaints, haveMet }
}

/** Starts at a moment within so many milliseconds; a timer alone would only know whole ones. */
async function startSoon<T>(run: () => Promise<T>, withinMs: number): Promise<T> {
  const start = performance.now() + Math.random() * withinMs
  while (performance.now() < start) {
    if (start - performance.now() > 4) await sleep(2)
    else await new Promise((go) => setImmediate(go))
  }
  return run()
}

/** Holds the copy's row until both wait for it, or one has gone another way. */
async function startHeld(world: World, copy: BuiltCopy, startBoth: () => Promise<[Told, Told]>) {
  const { gate, workshop } = world
  await gate.query('begin')
  await gate.query('select from copy where id = $1 for update', [copy.copyId])
  const racing = startBoth()
  let waiting = 0
  for (let look = 0; look < 30 && waiting < 2; look++) {
    await sleep(1)
    waiting = await workshop.countWaiting()
  }
  await gate.query('rollback')
  return { told: await racing, haveMet: waiting >= 2 }
}

/** An event in two words: its action and what makes it this one. */
function describeEvent({ action, metadata }: CopyFacts['events'][number]): string {
  const outcome = metadata['success'] === true ? 'success' : metadata['error_code']
  return [action, metadata['reason'] ?? metadata['cause'] ?? outcome].filter(Boolean).join(' ')
}

function stateAfter({ pair: { state }, told }: Round, winner: Side | undefined, racer: Racer | undefined) {
  if (winner === undefined || racer === undefined || told[winner].status >= 300) return state
  return racer.move in TRANSITIONS ? TRANSITIONS[racer.move as CopyMove].to : state
}

/** Judges what two racers were told and what became of their copy; returns who won, and what is not as it must be. */
function judge(round: Round, facts: CopyFacts): { winners: Side[]; complaints: string[] } {
  const { pair: raced, copy, ids, told } = round
  const complaints: string[] = []
  const must = (isSo: boolean, complaint: string) => void (isSo || complaints.push(complaint))
  const sides = ([0, 1] as const).map((side) => {
    const racer: Racer = RACERS[raced.racers[side]]
    const events = facts.events.filter((event) => event.requestId === ids[side])
    const trail = events.map(describeEvent).join(', ')
    must(trail === '' || racer.wins.test(trail), `${raced.racers[side]} left ${trail}`)
    return {
      side,
      racer,
      won: racer.wins.test(trail),
      first: events[0]?.seq ?? 0,
      last: events.at(-1)?.seq ?? 0,
    }
  })
  const [one, other] = sides as [(typeof sides)[0], (typeof sides)[0]]
  const winners = sides.filter(({ won }) => won).sort((a, b) => a.last - b.last)
  const count = (move: Racer['move']) => winners.filter(({ racer }) => racer.move === move).length

  const isFair = {
    one: winners.length === 1,
    once: winners.length === 1,
    both: winners.length === 2,
    second: other.won && (!one.won || one.last < other.first),
  }[raced.rule]
  must(isFair, `${winners.length} winners, ${RULES[raced.rule]}: ${JSON.stringify(told)}`)
  for (const { side, won } of sides) {
    const expected = expectedAnswer(raced, side, won)
    const answer = `${told[side].status} ${told[side].code ?? ''}`.trim()
    must(expected.test(answer), `${raced.racers[side]}, ${won ? 'won' : 'lost'}, was told ${answer}`)
  }

  const seqs = facts.events.map((event) => event.seq)
  must(seqs.every((seq, index) => seq === index + 1) && seqs.length === facts.eventSeq, `events ${seqs}`)
  const known = facts.events.filter((event) => ids.includes(event.requestId)).length + copy.events
  must(seqs.length === known, 'an event of nobody')
  const ends = facts.events.flatMap(({ metadata }) => ('retries' in metadata ? [metadata['retries']] : []))
  must(new Set(ends).size === ends.length, `an attempt with two ends: ${ends}`)

  const last = winners.at(-1)
  must(facts.status === stateAfter(round, last?.side, last?.racer), `ended in ${facts.status}`)
  must((facts.status === 'LOCKED') === (facts.token !== null), 'status and lease disagree')
  must((facts.status === 'GRADING_IN_PROGRESS') === (facts.jobId !== null), 'status and job disagree')
  must(facts.jobs === count('finalize') + count('retry'), `${facts.jobs} jobs`)
  const before = raced.state === 'GRADED' ? 1 : 0
  must(facts.results === before + count('succeed'), `${facts.results} results`)
  must(facts.version === 1 + count('reopen'), `version ${facts.version}`)
  must(facts.annotations === count('annotate') && facts.scores === count('score'), 'a write of a loser')
  return { winners: winners.map(({ side }) => side), complaints }
}

function expectedAnswer(raced: Pair, side: Side, won: boolean): RegExp {
  if (RACERS[raced.racers[side]].by === 'system') return /^0$/
  if (won || raced.rule === 'once') return /^20[0-2]$/
  return new RegExp(`^409 ${raced.refusals[side]}$`)
}

/** Of all tokens given for a copy that is LOCKED, the last is valid, and no other. */
async function judgeTokens(
  world: World,
  { pair: raced, copy, told }: Round,
  facts: CopyFacts,
): Promise<string[]> {
  if (facts.status !== 'LOCKED') return []
  const given = ([0, 1] as const).flatMap((side) => {
    const { by } = RACERS[raced.racers[side]]
    const { token } = told[side]
    return token === undefined || by === 'system' ? [] : [{ token, by }]
  })
  const tokens = [{ token: copy.lockToken, by: 'marker' as Role }, ...given]
  const valid: string[] = []
  for (const { token, by } of tokens) {
    const { status, body } = await world[by].post(`${copy.path}/lock/heartbeat`, { lockToken: token })
    if (status === 200) valid.push(token)
    else if (body.code !== MISMATCH) return [`an old token was told ${status} ${body.code}`]
  }
  const isLast = valid.length === 1 && valid[0] === facts.token
  return isLast ? [] : [`${valid.length} of ${tokens.length} tokens are valid`]
}

function printed(tallies: readonly Tally[]): string {
  return table([
    ['state', 'the first', 'the second', 'won', 'won', 'met at the row', 'violations'],
    ...tallies.map(({ pair: { state, racers }, wins, met, violations }) => [
      state,
      ...racers,
      ...[...wins, met, violations].map(String),
    ]),
  ])
}

function describeRaces(tallies: readonly Tally[]): string {
  const sum = (of: (tally: Tally) => number) => tallies.reduce((total, tally) => total + of(tally), 0)
  const rows = tallies.map(({ pair: { state, racers, rule, refusals, lease }, rounds, violations }) => [
    `\`${state}\`${lease === 'live' ? '' : `, lease ${lease}`}`,
    ...racers,
    RULES[rule],
    [...new Set(refusals)].map((code) => (code === '–' ? code : `\`${code}\``)).join(', '),
    String(rounds),
    String(violations),
  ])
  return [
    '# Races',
    '',
    'Generated by `npm run test:long` (`test/faults/races.long.test.ts`): every pair of moves of the state table that are',
    'possible from one state, and the writes against what ends a lease, started at once on one copy over real',
    'connections. In every other round both wait at the row of the copy before either may go on. A winner is one whose',
    'events are in the stream of the copy, under its request id. After each round: the rule holds, the loser was told',
    '409 with its code and never 500, the state is the one of the last winner, there is a lease if and only if it is',
    '`LOCKED`, its last token is valid and no other, the sequence has no gap, each attempt has one end, and no job,',
    'result, annotation or score of a loser is there. What the system does by itself is told nothing.',
    '',
    table([
      ['state', 'the first', 'the second', 'who wins', 'loser is told', 'rounds', 'violations'],
      ...rows,
    ]),
    '',
    `${tallies.length} pairs, ${sum(({ rounds }) => rounds)} rounds, ${sum(({ violations }) => violations)} violations.`,
    '',
  ].join('\n')
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = rows
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')
}
