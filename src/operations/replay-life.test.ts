import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { COPY_STATUSES, type CopyStatus } from '../copies/contract.ts'
import { newRef } from '../platform/ids.ts'
import { Life, type LifeEvent } from './replay-life.ts'

const ITEM = newRef()
const HOLDER = newRef()

/** A copy as somebody who knows nothing of the state machine's code would keep it. */
type Model = {
  status: CopyStatus
  version: number
  annotations: number
  scoreVersion: number
  remarks: number[]
}

/** Each thing that can happen, the state it happens in, its event, and what it makes of the copy. */
const DEEDS: readonly {
  name: string
  from: CopyStatus
  event: (model: Model) => [action: string, metadata: object]
  leads: (model: Model) => Partial<Model>
  isPossible?: (model: Model) => boolean
}[] = [
  deed('import', 'STAGING', () => ['IMPORT', { success: true, pages: 3 }], 'STAGING'),
  deed('failed import', 'STAGING', () => ['IMPORT', { success: false, error_code: 'corrupt' }], 'STAGING'),
  deed('validate', 'STAGING', () => ['VALIDATE', { pages: 3 }], 'READY'),
  deed('send back', 'READY', () => ['SEND_BACK', { reason_code: 'other' }], 'STAGING'),
  deed('lock', 'READY', () => ['LOCK', { expires_in_seconds: 60 }], 'LOCKED'),
  deed('unlock', 'LOCKED', () => ['UNLOCK', { reason: 'released' }], 'READY'),
  deed('expire', 'LOCKED', () => ['UNLOCK', { reason: 'expired' }], 'READY'),
  deed('take over', 'LOCKED', () => ['UNLOCK', { reason: 'taken-over' }], 'READY'),
  deed('force', 'LOCKED', () => ['UNLOCK', { reason: 'forced', reason_code: 'other' }], 'READY'),
  {
    ...deed('annotate', 'LOCKED', () => ['CREATE_ANN', { annotation_id: newRef(), page: 1, kind: 'tick' }]),
    leads: ({ annotations }) => ({ annotations: annotations + 1 }),
  },
  {
    ...deed('rub out', 'LOCKED', () => ['DELETE_ANN', { annotation_id: newRef(), page: 1, version: 1 }]),
    leads: ({ annotations }) => ({ annotations: annotations - 1 }),
    isPossible: ({ annotations }) => annotations > 0,
  },
  {
    ...deed('score', 'LOCKED', (model) => ['SCORE', { item_ref: ITEM, version: model.scoreVersion + 1 }]),
    leads: ({ scoreVersion }) => ({ scoreVersion: scoreVersion + 1 }),
  },
  ...[ITEM, null].map((item, place) => ({
    ...deed('remark', 'LOCKED', ({ remarks }) => [
      'REMARK',
      { ...(item && { item_ref: item }), version: (remarks[place] ?? 0) + 1, removed: false },
    ]),
    leads: ({ remarks }: Model) => ({ remarks: remarks.with(place, (remarks[place] ?? 0) + 1) }),
  })),
  deed('finalize', 'LOCKED', request('first'), 'GRADING_IN_PROGRESS'),
  deed('attempt fails', 'GRADING_IN_PROGRESS', finalize(false)),
  deed('last attempt fails', 'GRADING_IN_PROGRESS', finalize(false), 'GRADING_FAILED'),
  deed('succeed', 'GRADING_IN_PROGRESS', finalize(true), 'GRADED'),
  deed('retry', 'GRADING_FAILED', request('retry'), 'GRADING_IN_PROGRESS'),
  deed('correct', 'GRADING_FAILED', () => ['UNLOCK', { reason: 'correct' }], 'READY'),
  deed('export', 'GRADED', () => ['EXPORT', { format: 'marked-pdf', copies: 1 }]),
  {
    ...deed('reopen', 'GRADED', ({ version }) => [
      'REOPEN',
      { from_version: version, reason_code: 'appeal' },
    ]),
    leads: ({ version, scoreVersion, remarks }) => ({
      status: 'READY',
      version: version + 1,
      scoreVersion: Math.min(scoreVersion, 1),
      remarks: remarks.map((one) => Math.min(one, 1)),
    }),
  },
]

function deed(
  name: string,
  from: CopyStatus,
  event: (model: Model) => [string, object],
  to: CopyStatus = from,
) {
  return { name, from, event, leads: (): Partial<Model> => ({ status: to }) }
}
function request(cause: 'first' | 'retry') {
  return ({ version }: Model): [string, object] => ['FINALIZE_REQUEST', { cause, version }]
}
function finalize(success: boolean) {
  return ({ version }: Model): [string, object] => ['FINALIZE', { success, retries: 0, version }]
}

/** A way of forty deeds, each chosen among those that are possible where the copy stands. */
function walk(choices: readonly number[]) {
  let model: Model = { status: 'STAGING', version: 1, annotations: 0, scoreVersion: 0, remarks: [0, 0] }
  const events: LifeEvent[] = []
  for (const choice of choices) {
    const possible = DEEDS.filter(
      ({ from, isPossible }) => from === model.status && (isPossible?.(model) ?? true),
    )
    const chosen = possible[choice % possible.length] ?? expect.fail()
    const [action, metadata] = chosen.event(model)
    events.push({ seq: events.length + 1, action, actorRef: HOLDER, metadata: { ...metadata } })
    model = { ...model, ...chosen.leads(model) }
  }
  return { model, events }
}
const ways = fc.array(fc.nat(), { maxLength: 40 }).map(walk)

function live(events: readonly LifeEvent[]) {
  const life = new Life()
  const refused = events.filter((event) => !life.take(event)).map(({ seq }) => seq)
  life.end(events.length)
  return { life, refused }
}

describe('the life of a copy', () => {
  it('is told by its events, whatever legal way it went', () => {
    fc.assert(
      fc.property(ways, ({ model, events }) => {
        const { life, refused } = live(events)
        expect([refused, life.doubt]).toEqual([[], undefined])
        expect([...life.statuses]).toContain(model.status)
        expect([life.version, life.present.annotations]).toEqual([model.version, model.annotations])
        expect(life.present.scores.get(ITEM)?.version ?? 0).toBe(model.scoreVersion)
        expect([ITEM, null].map((item) => life.present.remarks.get(item) ?? 0)).toEqual(model.remarks)
      }),
      { numRuns: 500 },
    )
  })

  it('has one state, except behind a failed finalization', () => {
    fc.assert(
      fc.property(ways, ({ model, events }) => {
        const last = events.at(-1)
        const isOpen = last?.action === 'FINALIZE' && last.metadata['success'] === false
        const expected = isOpen ? ['GRADING_IN_PROGRESS', 'GRADING_FAILED'] : [model.status]
        expect([...live(events).life.statuses]).toEqual(expected)
      }),
    )
  })

  it('does not have, in any state, what is only possible in another', () => {
    const first = (status: CopyStatus) =>
      fc.sample(
        ways.filter(({ model }) => model.status === status),
        { numRuns: 1, seed: 7 },
      )[0] ?? expect.fail()
    let refused = 0
    for (const status of COPY_STATUSES) {
      const { model, events } = first(status)
      const { life } = live(events)
      for (const { name, from, event } of DEEDS.filter(({ from }) => !life.statuses.has(from))) {
        const [action, metadata] = event(model)
        const wrong = { seq: events.length + 1, action, actorRef: HOLDER, metadata: { ...metadata } }
        expect(live([...events, wrong]).refused, `${name} (${from}) in ${status}`).toEqual([wrong.seq])
        refused += 1
      }
    }
    expect(refused).toBeGreaterThan(60)
  })

  it.each<[string, LifeEvent]>([
    ['that belongs to no copy', event(1, 'SIGN_IN', { success: true })],
    ['that no version of Paraph knows', event(1, 'TELEPORT', {})],
    ['that finalizes another version', event(4, 'FINALIZE_REQUEST', { cause: 'first', version: 2 })],
    ['that rubs out what was never laid', event(4, 'DELETE_ANN', { ...annotation(), version: 1 })],
  ])('has no event %s', (_, wrong) => {
    const locked = [
      event(1, 'IMPORT', { success: true, pages: 1 }),
      event(2, 'VALIDATE', { pages: 1 }),
      event(3, 'LOCK', { expires_in_seconds: 60 }),
    ]
    const { refused } = live([...locked.slice(0, wrong.seq - 1), wrong])
    expect(refused).toEqual([wrong.seq])
  })

  it('is in doubt from the first place that is missing, in the middle or at the end', () => {
    const imported = event(1, 'IMPORT', { success: true, pages: 1 })
    const gap = live([imported, event(3, 'LOCK', { expires_in_seconds: 60 })])
    expect([gap.life.doubt, gap.refused]).toEqual([{ seq: 2, reason: 'place-missing' }, []])
    const life = new Life()
    life.take(imported)
    life.end(2)
    expect(life.doubt).toEqual({ seq: 2, reason: 'place-missing' })
  })

  it('is in doubt from an event on that lacks what it should say', () => {
    const { life } = live([event(1, 'IMPORT', {}), event(2, 'LOCK', {})])
    expect(life.doubt).toEqual({ seq: 1, reason: 'event-incomplete' })
  })
})

function event(seq: number, action: string, metadata: Record<string, unknown>): LifeEvent {
  return { seq, action, actorRef: HOLDER, metadata }
}
function annotation() {
  return { annotation_id: newRef(), page: 1 }
}
