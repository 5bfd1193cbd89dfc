import type { CopyStatus } from '../../src/copies/contract.ts'
import { ask } from '../shared/ask.ts'
import { RequestFailed } from '../shared/request-failed.ts'
import type { Command } from './command.ts'
import { COMMENT, type Mark, type Shape } from './mark.ts'

/** What became of a request, in what it means for the queue. */
export type Outcome =
  | { readonly kind: 'done' }
  /** Nothing answered, or not now: the same again later. */
  | { readonly kind: 'later'; readonly afterMs: number | undefined; readonly isOffline: boolean }
  /** The lease is over, and nobody else has it. */
  | { readonly kind: 'expired' }
  /** Somebody else, or another tab, holds the copy. */
  | { readonly kind: 'lost'; readonly lock: LockFacts | undefined }
  /** It is no longer to be marked by whoever asks. */
  | { readonly kind: 'gone'; readonly why: Gone }
  /** The server holds something else than this device believes. */
  | { readonly kind: 'differs' }
  | { readonly kind: 'refused'; readonly error: unknown }

/** Why a copy is no longer to be marked: by a state in which nobody marks it, or a refusal. */
export type Gone = Exclude<CopyStatus, 'READY' | 'LOCKED'> | 'not-assigned' | 'copy-erased'
export type LockFacts = { readonly holderRef: string; readonly since: string; readonly until: string }

/** Sends one command under the lease of this tab; throws nothing. */
export async function sendCommand(copyId: string, command: Command, lockToken: string): Promise<Outcome> {
  try {
    await post(copyId, command, lockToken)
    return { kind: 'done' }
  } catch (error) {
    return outcomeOf(error)
  }
}

async function post(copyId: string, command: Command, lockToken: string): Promise<void> {
  if (command.type === 'lay') {
    await ask('POST /api/copies/:copyId/annotations', {
      params: { copyId },
      lockToken,
      body: newAnnotationOf(command.mark),
    })
  } else if (command.type === 'score') {
    await ask('PUT /api/copies/:copyId/scores/:itemId', {
      params: { copyId, itemId: command.itemId },
      lockToken,
      version: command.version,
      body: { points: command.after },
    })
  } else if (command.type === 'remark') {
    const { place, version, after } = command
    const change = { lockToken, version, body: { text: after ?? '' } }
    if (place === COMMENT) await ask('PUT /api/copies/:copyId/comment', { params: { copyId }, ...change })
    else {
      await ask('PUT /api/copies/:copyId/remarks/:itemId', { params: { copyId, itemId: place }, ...change })
    }
  } else if (command.type === 'alter') {
    await ask('PATCH /api/copies/:copyId/annotations/:annotationId', {
      params: { copyId, annotationId: command.markId },
      lockToken,
      version: command.version,
      body: changeOf(command.after),
    })
  } else {
    await ask('DELETE /api/copies/:copyId/annotations/:annotationId', {
      params: { copyId, annotationId: command.mark.id },
      lockToken,
      version: command.mark.version,
    })
  }
}

function changeOf({ strokes, ...box }: Shape) {
  return { ...box, ...(strokes ? { strokes: strokes.map((stroke) => [...stroke]) } : {}) }
}

function newAnnotationOf(mark: Mark) {
  const { id, pageNumber, kind, x, y, width, height, text, strokes, points } = mark
  const onPage = { id, pageNumber, ...(points === null ? {} : { points }) }
  if (kind === 'ink') return { ...onPage, kind, strokes: (strokes ?? []).map((stroke) => [...stroke]) }
  if (kind === 'comment' || kind === 'text') return { ...onPage, kind, x, y, width, height, text: text ?? '' }
  return { ...onPage, kind, x, y, width, height }
}

/** What a failed request means. */
export function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof RequestFailed)) return { kind: 'refused', error }
  const { code, status } = error
  // Nobody, or by now somebody else, is signed in: what is not sent waits for its own account.
  if (status === 0 || status === 401 || code === 'role-not-allowed')
    return { kind: 'later', afterMs: undefined, isOffline: status === 0 }
  if (status === 429 || status >= 500) {
    const seconds = error.retryAfterSeconds
    return { kind: 'later', afterMs: seconds && seconds * 1_000, isOffline: false }
  }
  if (code === 'lock-expired') return { kind: 'expired' }
  if (code === 'not-assigned' || code === 'copy-erased') return { kind: 'gone', why: code }
  if (LOST.has(code)) {
    const now = error.facts['currentStatus']
    return isOver(now) ? { kind: 'gone', why: now } : { kind: 'lost', lock: lockOf(error.facts['lock']) }
  }
  if (code === 'version-conflict' || code === 'not-found') return { kind: 'differs' }
  return { kind: 'refused', error }
}

const LOST: ReadonlySet<string> = new Set([
  'lock-token-mismatch',
  'already-locked',
  'not-locked',
  'illegal-transition',
])
const OVER: readonly unknown[] = [
  'STAGING',
  'GRADING_IN_PROGRESS',
  'GRADED',
  'GRADING_FAILED',
] satisfies Gone[]
const isOver = (status: unknown): status is Gone => OVER.includes(status)

function lockOf(value: unknown): LockFacts | undefined {
  return value && typeof value === 'object' ? (value as LockFacts) : undefined
}
