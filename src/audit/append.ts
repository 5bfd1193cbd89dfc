import { type Actor, getContext } from '../observability/context.ts'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { reveal, type Sensitive } from '../observability/sensitive.ts'
import { afterCommit, type Tx } from '../platform/database.ts'
import { type Keys, seal } from '../platform/keys.ts'
import { ACTIONS, type Action, type MetadataOf } from './actions.ts'
import { insertEvent, insertSealed } from './store.ts'

/** What an event belongs to, and its place there. The caller has locked the owner's row and taken the next `seq`. */
export type StreamPosition = {
  readonly kind: 'copy' | 'batch' | 'exam' | 'account' | 'system'
  readonly ref: Id
  readonly seq: number
}

export type AuditEvent<A extends Action = Action> = {
  readonly action: A
  readonly stream: StreamPosition
  readonly examRef?: Id | undefined
  /** Who did it; by default the actor of the context. */
  readonly actor?: Actor
  readonly metadata: MetadataOf<A>
}

/** The only door of the audit log. */
export type AppendEvent = <A extends Action>(tx: Tx, event: AuditEvent<A>) => Promise<void>

/** What a sealed value is bound to: it opens for this field of this position of this stream only. */
export function sealPurpose(stream: StreamPosition, field: string): string {
  return `audit:${stream.ref}:${stream.seq}:${field}`
}

/**
 * Makes the door: `appendEvent(tx, event)` writes one event in the caller's transaction, with the request id of the
 * context. Members that the action's schema does not name are refused, so nothing unforeseen can enter the log.
 * Rows: one `audit_event`, one `audit_sealed` for each sealed member.
 */
export function createAppendEvent(deps: { readonly keys: Keys }): AppendEvent {
  return async (tx, event) => {
    const { clear, sealed } = splitMetadata(event.action, event.metadata)
    const context = getContext()
    const actor = event.actor ?? context.actor
    const id = await insertEvent(tx, {
      streamKind: event.stream.kind,
      streamRef: event.stream.ref,
      seq: event.stream.seq,
      action: event.action,
      actorKind: actor.kind,
      actorRef: actor.kind === 'system' ? undefined : actor.ref,
      examRef: event.examRef,
      requestId: context.requestId,
      metadata: clear,
    })
    for (const [field, value] of Object.entries(sealed)) {
      await insertSealed(tx, id, field, seal(deps.keys, sealPurpose(event.stream, field), value))
    }
    afterCommit(tx, () =>
      log.audit.info('audit.appended', {
        'audit.action': event.action,
        'audit.stream_kind': event.stream.kind,
        'audit.stream': event.stream.ref,
        'audit.seq': event.stream.seq,
      }),
    )
  }
}

type Members = Record<string, unknown>

/** Parses the metadata by the action's schema into its clear and its sealed members. */
function splitMetadata(action: Action, metadata: Members): { clear: Members; sealed: Members } {
  const schema = ACTIONS[action]
  const present = Object.entries(metadata).filter(([, value]) => value !== undefined)
  const isSealed = (name: string) => Object.hasOwn(schema.sealed.shape, name)
  const opened = present
    .filter(([name]) => isSealed(name))
    .map(([name, value]) => [name, value === null ? null : reveal(value as Sensitive<unknown>, 'seal')])
  return {
    clear: schema.clear.parse(Object.fromEntries(present.filter(([name]) => !isSealed(name)))),
    sealed: schema.sealed.parse(Object.fromEntries(opened)),
  }
}
