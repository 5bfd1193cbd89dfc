import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COPY_STATUSES } from '../../src/copies/contract.ts'
import type { Id } from '../../src/observability/id.ts'
import { replayLog } from '../../src/operations/replay.ts'
import { listActorRefs } from '../../src/people/store.ts'
import type { Keys } from '../../src/platform/keys.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import {
  type CopiesOfEveryKind,
  KINDS,
  type Kind,
  openCopiesOfEveryKind,
} from '../support/copies-of-every-kind.ts'
import { openCopyWorkshop } from '../support/copy-in-state.ts'
import { makeKeys } from '../support/keys.ts'
import { MOVES } from '../support/moves-without-events.ts'

/** What a superuser can move without an event. */
const TABLES = [
  ...['copy', 'copy_lock', 'page', 'annotation', 'score', 'remark', 'grading_result', 'batch'],
  ...['audit_event', 'audit_sealed'],
]

/** Narrows a statement to the events of `$1`. */
const OF_COPY = 'stream_ref = (select stream_ref from copy where id = $1)'

describe('replaying the log', () => {
  let world: CopiesOfEveryKind
  let owner: pg.Client
  let keys: Keys
  beforeAll(async () => {
    world = await openCopiesOfEveryKind()
    keys = world.app.services.keys
    owner = new pg.Client({ connectionString: world.app.database.ownerUrl })
    await owner.connect()
    for (const table of TABLES) await owner.query(`create table saved_${table} as table ${table}`)
  })
  afterAll(async () => {
    await owner?.end()
    await world?.close()
  })

  const replay = (given: Keys | undefined = keys) => {
    const progress: [number, number][] = []
    const onProgress = (copies: number, of: number) => void progress.push([copies, of])
    return replayLog({ db: world.app.database.db, keys: given, listActorRefs, onProgress }).then(
      (report) => ({
        ...report,
        progress,
      }),
    )
  }
  const copyOf = (kind: Kind) => world.copies[kind]

  /** Has a superuser do it, with every trigger out of the way, and replays; afterwards all is as before. */
  async function tamper(statements: string, copyId: Id, given?: Keys) {
    const literal = statements.replaceAll('$1', `'${copyId}'`)
    try {
      await owner.query(setTriggers('disable'))
      await owner.query(literal)
      return await replay(given)
    } finally {
      for (const table of TABLES) {
        await owner.query(
          `delete from ${table}; insert into ${table} overriding system value table saved_${table}`,
        )
      }
      await owner.query(setTriggers('enable'))
    }
  }
  const setTriggers = (doing: 'disable' | 'enable') =>
    TABLES.map((table) => `alter table ${table} ${doing} trigger all`).join(';')

  it('finds nothing in copies of every kind, all of which came there by the API', async () => {
    const report = await replay()
    expect(report.findings).toEqual([])
    expect(report).toMatchObject({ copies: KINDS.length, findingCount: 0, doubtCount: 0 })
    expect(report.events).toBeGreaterThan(100)
    expect(report.progress.at(-1)).toEqual([KINDS.length, KINDS.length])
    const states = await owner.query('select distinct status from copy')
    expect(states.rows).toHaveLength(6)
  })

  it('without keys compares what is not sealed', async () => {
    expect(await replay(undefined)).toMatchObject({ findingCount: 0, doubtCount: 0 })
    const score = 'update grading_result set final_score_hundredths = 2000 where copy_id = $1'
    const { findings } = await replayLog({ db: world.app.database.db, listActorRefs })
    expect(findings).toEqual([])
    expect((await tamper(score, copyOf('graded'))).findingCount).toBe(1)
  })

  it.each(MOVES)('finds a copy that was $what by SQL, without an event', async (move) => {
    const copy = copyOf(move.kind)
    const { findings, doubts } = await tamper(move.statements, copy)
    expect(findings).toContainEqual(
      expect.objectContaining({ code: move.code, copy, sentence: expect.stringMatching(move.says) }),
    )
    expect(new Set(findings.map((finding) => finding.copy))).toEqual(new Set([copy]))
    expect(doubts).toEqual([])
  })

  it('finds an event that the copy cannot have come to', async () => {
    const { findings } = await tamper(
      `update audit_event set action = 'LOCK', metadata = '{"expires_in_seconds": 60}'
        where action = 'VALIDATE' and stream_ref = (select stream_ref from copy where id = $1)`,
      copyOf('ready'),
    )
    expect(findings).toMatchObject([
      { code: 'event-impossible', seq: 2, sentence: expect.stringContaining('to event 2 of its log (LOCK)') },
      { code: 'status-differs' },
      { code: 'lock-differs' },
    ])
  })

  it.each<[string, Kind, string, string]>([
    [
      'an event is missing in the middle',
      'graded',
      `delete from audit_event where seq = 3 and ${OF_COPY}`,
      'place-missing',
    ],
    [
      'the last event is missing',
      'ready',
      `delete from audit_event where seq = 2 and ${OF_COPY}`,
      'place-missing',
    ],
    [
      'a move took a place and left no event there',
      'ready',
      `update copy set status = 'LOCKED', event_seq = event_seq + 1 where id = $1`,
      'place-missing',
    ],
    [
      'an event does not say what it should',
      'ready',
      `update audit_event set metadata = '{}' where seq = 2 and ${OF_COPY}`,
      'event-incomplete',
    ],
  ])('cannot tell of a copy of which %s', async (_, kind, statements, code) => {
    const { findings, doubts, doubtCount } = await tamper(statements, copyOf(kind))
    expect([findings, doubtCount]).toEqual([[], 1])
    const sentence = expect.stringContaining(`Copy ${copyOf(kind)} cannot be judged from event`)
    expect(doubts).toMatchObject([{ code, copy: copyOf(kind), sentence }])
  })

  it('cannot tell of what is sealed with the keys of another installation', async () => {
    const { findings, doubtCount } = await replay(makeKeys())
    expect(findings).toEqual([])
    expect(doubtCount).toBeGreaterThan(KINDS.length)
  })
})

describe('replaying copies that were brought to their states one by one', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await openTestApp({ worker: false })
    const workshop = await openCopyWorkshop(app, await app.signIn('admin'))
    const marker = await app.signIn('marker')
    for (const status of COPY_STATUSES) await workshop.make({ status, marker })
    await workshop.close()
  })
  afterAll(() => app?.close())

  it('finds nothing', async () => {
    const { db, keys } = app.services
    // With the copy of the upload, whose import never ran.
    expect(await replayLog({ db, keys, listActorRefs })).toMatchObject({
      copies: COPY_STATUSES.length + 1,
      findings: [],
      doubts: [],
    })
  })
})
