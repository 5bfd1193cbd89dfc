import { ACTIONS, type Action, type MetadataOf } from '../audit/actions.ts'
import type { CopyStatus } from '../copies/contract.ts'
import { type CopyMove, TRANSITIONS } from '../copies/status.ts'
import type { Id } from '../observability/id.ts'

export type LifeEvent = {
  readonly seq: number
  readonly action: string
  readonly actorRef: Id | null
  readonly metadata: Readonly<Record<string, unknown>>
}

/** Why a copy cannot be judged by its log. */
export type Doubt = { readonly seq: number; readonly reason: 'place-missing' | 'event-incomplete' }

/** What the events of one version of a copy come to. Sealed values are named by the event that holds them. */
export type VersionMarks = {
  annotations: number
  /** By item of the rubric: the version of its score, and the event with its points. */
  readonly scores: Map<Id, { readonly version: number; readonly seq: number }>
  /** The versions of the remarks by item of the rubric; null: of the whole copy. */
  readonly remarks: Map<Id | null, number>
  /** The event with the result. */
  gradedAt: number | undefined
}

/**
 * The life of a copy as its events tell it, one after the other. A finalization that failed leaves two states possible:
 * the event does not say whether another attempt follows.
 */
export class Life {
  #seq = 0
  #version = 1
  #statuses: ReadonlySet<CopyStatus> = new Set<CopyStatus>(['STAGING'])
  readonly #marks = new Map([[1, noMarks()]])
  /** Who took the lock last. */
  holderRef: Id | null = null
  /** How many pages it has, and the event that says so. */
  pages: { readonly count: number; readonly seq: number } | undefined
  /** The events since its pages were changed that may hold the digest of its PDF, the latest last. */
  readonly originals: number[] = []
  isErased = false
  doubt: Doubt | undefined

  get seq(): number {
    return this.#seq
  }
  get version(): number {
    return this.#version
  }
  get statuses(): ReadonlySet<CopyStatus> {
    return this.#statuses
  }
  get marks(): ReadonlyMap<number, VersionMarks> {
    return this.#marks
  }

  /** Takes the next event; false when the copy cannot have come to it. Nothing is taken once there is a doubt. */
  take(event: LifeEvent): boolean {
    if (this.doubt) return true
    if (event.seq !== this.#seq + 1) {
      this.doubt = { seq: this.#seq + 1, reason: 'place-missing' }
      return true
    }
    this.#seq = event.seq
    const rule = Object.hasOwn(RULES, event.action) ? RULES[event.action as CopyAction] : undefined
    if (rule === undefined) return false
    const metadata = ACTIONS[event.action as CopyAction].clear.safeParse(event.metadata)
    if (!metadata.success) {
      this.doubt = { seq: event.seq, reason: 'event-incomplete' }
      return true
    }
    return rule(this, metadata.data as never, event)
  }

  /** The end of the events; `places` were taken by the copy. */
  end(places: number): void {
    if (places > this.#seq) this.doubt ??= { seq: this.#seq + 1, reason: 'place-missing' }
  }

  /** Goes where the move leads, also when it does not begin here: what follows is judged by itself. */
  move(move: CopyMove): boolean {
    const { from, to } = TRANSITIONS[move]
    const isPossible = this.#statuses.has(from)
    this.#statuses = new Set([to])
    return isPossible
  }

  stay(status: CopyStatus, ...others: readonly CopyStatus[]): boolean {
    const isPossible = this.#statuses.has(status)
    this.#statuses = new Set([status, ...others])
    return isPossible
  }

  isVersion(version: number): boolean {
    return version === this.#version
  }

  /** The marks of the present version. */
  get present(): VersionMarks {
    return this.#marks.get(this.#version) ?? noMarks()
  }

  /** Annotations, scores and remarks carry over as rows of their own, which begin at version 1. */
  reopen(): void {
    const { annotations, scores, remarks } = this.present
    const carried = {
      annotations,
      scores: new Map([...scores].map(([item, { seq }]) => [item, { version: 1, seq }] as const)),
      remarks: new Map([...remarks.keys()].map((item) => [item, 1] as const)),
    }
    this.#version += 1
    this.#marks.set(this.#version, { ...carried, gradedAt: undefined })
  }
}

function noMarks(): VersionMarks {
  return { annotations: 0, scores: new Map(), remarks: new Map(), gradedAt: undefined }
}

/** The moves that end a lease. Where it was taken over, the `LOCK` of the new holder follows. */
const MOVE_OF_UNLOCK = {
  released: 'unlock',
  expired: 'expire',
  'taken-over': 'unlock',
  forced: 'force-release',
  correct: 'correct',
} as const satisfies Record<MetadataOf<'UNLOCK'>['reason'], CopyMove>

type Rule<A extends Action> = (life: Life, metadata: MetadataOf<A>, event: LifeEvent) => boolean

/** What is done to pages says how many there are afterwards; the PDF of the pages before goes with it. */
function rearrange(life: Life, { pages }: { readonly pages: number }, { seq }: LifeEvent): boolean {
  life.pages = { count: pages, seq }
  life.originals.length = 0
  return life.stay('STAGING')
}

/** The actions on the stream of a copy: whether each can come where it stands, and what it leaves. */
const RULES = {
  IMPORT: (life, { success, pages }, { seq }) => {
    if (success) {
      life.pages = { count: pages ?? 0, seq }
      life.originals.push(seq)
    }
    return life.stay('STAGING')
  },
  VALIDATE: (life, _, { seq }) => {
    life.originals.push(seq)
    return life.move('validate')
  },
  TURN_PAGE: rearrange,
  NUMBER_PAGE: rearrange,
  MOVE_PAGE: rearrange,
  DISCARD_PAGE: rearrange,
  RESTORE_PAGE: rearrange,
  REPLACE_PAGE: rearrange,
  REORDER_PAGES: rearrange,
  SPLIT_COPY: rearrange,
  MERGE_COPY: rearrange,
  MAKE_COPY: rearrange,
  UNDO_REVIEW: rearrange,
  SEND_BACK: (life) => life.move('send-back'),
  LOCK: (life, _, { actorRef }) => {
    life.holderRef = actorRef
    return life.move('lock')
  },
  UNLOCK: (life, { reason }) => life.move(MOVE_OF_UNLOCK[reason]),
  CREATE_ANN: (life) => {
    life.present.annotations += 1
    return life.stay('LOCKED')
  },
  UPDATE_ANN: (life) => life.stay('LOCKED'),
  DELETE_ANN: (life) => {
    life.present.annotations -= 1
    return life.stay('LOCKED') && life.present.annotations >= 0
  },
  SCORE: (life, { item_ref, version }, { seq }) => {
    life.present.scores.set(item_ref, { version, seq })
    return life.stay('LOCKED')
  },
  REMARK: (life, { item_ref, version }) => {
    life.present.remarks.set(item_ref ?? null, version)
    return life.stay('LOCKED')
  },
  FINALIZE_REQUEST: (life, { cause, version }) =>
    life.move(cause === 'first' ? 'finalize' : 'retry') && life.isVersion(version),
  FINALIZE: (life, { success, version }, { seq }) => {
    if (!success) return life.stay('GRADING_IN_PROGRESS', 'GRADING_FAILED') && life.isVersion(version)
    life.present.gradedAt = seq
    return life.move('succeed') && life.isVersion(version)
  },
  EXPORT: (life) => life.stay('GRADED'),
  REOPEN: (life, { from_version }) => {
    const isPossible = life.move('reopen') && life.isVersion(from_version)
    life.reopen()
    return isPossible
  },
  ERASE: (life) => {
    life.isErased = true
    return true
  },
  // Whose copy it is changes nothing of it.
  LINK_STUDENT: () => true,
  UNLINK_STUDENT: () => true,
  // Says why the next event came.
  REPAIR: () => true,
} satisfies { readonly [A in Action]?: Rule<A> }

type CopyAction = keyof typeof RULES
