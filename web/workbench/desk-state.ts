import type { Command } from './command.ts'
import { type History, NO_HISTORY } from './history.ts'
import type { Sheet } from './mark.ts'
import type { Gone, LockFacts } from './send-command.ts'

/** How this tab stands to the lock of the copy. */
export type Lease =
  | { readonly kind: 'asking' }
  | { readonly kind: 'held'; readonly until: string }
  /** Open in another tab of this browser, or held elsewhere; `wasOurs` when this tab had it until now. */
  | { readonly kind: 'elsewhere'; readonly lock: LockFacts | undefined; readonly wasOurs: boolean }
  /** No longer to be marked here, whoever asks: it was finished or sent back elsewhere, given to somebody else, or erased. */
  | { readonly kind: 'gone'; readonly why: Gone }
  /** Only read: another role, or a copy that is not to be marked now. */
  | { readonly kind: 'reading' }

export type Saving = 'saved' | 'saving' | 'offline' | 'failed'

export type DeskState = {
  /** What this device had kept is back. */
  readonly isReady: boolean
  /** What the server is known to have. */
  readonly base: Sheet
  /** What it has not taken yet, in order. */
  readonly pending: readonly Command[]
  /** What is shown: the one with the other. */
  readonly sheet: Sheet
  readonly history: History
  readonly lease: Lease
  readonly saving: Saving
  /** When the server last took something, in ms; undefined before. */
  readonly savedAt: number | undefined
  /** What the server has instead, until a person has decided. */
  readonly conflict: Sheet | undefined
  /** Why the server refused a change, which was taken back. */
  readonly refusal: unknown
  readonly seen: ReadonlySet<number>
  /** Words are typed that are on this device only. */
  readonly isTyping: boolean
  /** Questions in whose field something stands that is no score of theirs. */
  readonly misfits: ReadonlySet<string>
}

export function freshState(base: Sheet, lease: Lease): DeskState {
  return {
    isReady: false,
    base,
    pending: [],
    sheet: base,
    history: NO_HISTORY,
    lease,
    saving: 'saved',
    savedAt: undefined,
    conflict: undefined,
    refusal: undefined,
    seen: new Set(),
    isTyping: false,
    misfits: new Set(),
  }
}

/** Whether something may be changed now: also before the lock has answered, since nothing is lost if it says no. */
export function canEdit({ isReady, lease, conflict }: DeskState): boolean {
  return isReady && (lease.kind === 'asking' || lease.kind === 'held') && conflict === undefined
}
