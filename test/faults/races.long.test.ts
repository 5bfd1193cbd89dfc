import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CopyMove, TRANSITIONS } from '../../src/copies/status.ts'
import { openTestApp } from '../support/app.ts'
import { type BuiltCopy, type CopyFacts, openCopyWorkshop } from '../support/copy-in-state.ts'
import {
  MISMATCH,
  PAIRS,
  type Pair,
  RACERS,
  type Racer,
  type Role,
  RULES,
  type Side,
  type Told,
  type World,
} from '../support/race-pairs.ts'

const ROUNDS = 50

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
  const added = facts.events.slice(copy.events)
  const ends = added.flatMap(({ metadata }) => ('retries' in metadata ? [metadata['retries']] : []))
  must(new Set(ends).size === ends.length, `an attempt with two ends: ${ends}`)

  const last = winners.at(-1)
  must(facts.status === stateAfter(round, last?.side, last?.racer), `ended in ${facts.status}`)
  must((facts.status === 'LOCKED') === (facts.token !== null), 'status and lease disagree')
  must((facts.status === 'GRADING_IN_PROGRESS') === (facts.jobId !== null), 'status and job disagree')
  must(facts.jobs === count('finalize') + count('retry'), `${facts.jobs} jobs`)
  const before = raced.state === 'GRADED' ? 1 : 0
  must(facts.results === before + count('succeed'), `${facts.results} results`)
  must(facts.version === 1 + count('reopen'), `version ${facts.version}`)
  const written = [facts.annotations, facts.scores, facts.remarks]
  const won = [count('annotate'), count('score'), count('remark')]
  must(String(written) === String(won), 'a write of a loser')
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
    'result, annotation, score or remark of a loser is there. What the system does by itself is told nothing.',
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
