import type { Action } from '../audit/actions.ts'
import type { Operation } from './arrangement.ts'

/** The event of an operation, without what every one of them has: its reference and the pages that are left. */
export type ReviewEvent = {
  readonly action: Action
  readonly metadata: object
  /** Stored sealed. */
  readonly note?: string | undefined
}

/** Names what is done, by the reference of the page that it is done to. */
export function eventOf(operation: Operation, note?: string): ReviewEvent {
  switch (operation.kind) {
    case 'rotate':
      return { action: 'TURN_PAGE', metadata: { page_ref: operation.pageId, turn: operation.turn } }
    case 'number':
      return { action: 'NUMBER_PAGE', metadata: { page_ref: operation.pageId } }
    case 'move':
      return { action: 'MOVE_PAGE', metadata: { page_ref: operation.pageId } }
    case 'discard': {
      const metadata = { page_ref: operation.pageId, reason_code: operation.reason }
      return { action: 'DISCARD_PAGE', metadata, note }
    }
    case 'restore':
      return { action: 'RESTORE_PAGE', metadata: { page_ref: operation.pageId } }
    case 'replace':
      return { action: 'REPLACE_PAGE', metadata: { page_ref: operation.pageId, by_ref: operation.byPageId } }
    case 'reorder':
      return { action: 'REORDER_PAGES', metadata: {} }
    case 'split':
      return { action: 'SPLIT_COPY', metadata: {} }
    case 'merge':
      return { action: 'MERGE_COPY', metadata: {} }
    case 'make-copy':
      return { action: 'MAKE_COPY', metadata: {} }
  }
}
