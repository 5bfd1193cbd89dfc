import { type Actor, getContext } from '../observability/context.ts'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { reveal, type Sensitive } from '../observability/sensitive.ts'
import { type Clock, systemClock } from '../platform/clock.ts'
import { afterCommit, type Tx, writeLast } from '../platform/database.ts'
import { faultPoint } from '../platform/fault-points.ts'
import type { Keys } from '../platform/keys.ts'
import { ACTIONS, type Action, type MetadataOf } from './actions.ts'
import {
  appendStatements,
  isAuditFailure,
  type StoredEvent,
  type StoredMember,
  spoolStatements,
  tryAside,
} from './append-store.ts'
import { noteLoss } from './health.ts'
import { encodeJcs, type JcsValue } from './jcs.ts'
import { composeLeaf, type LeafActor, macLeaf, type StreamPosition } from './leaf.ts'
import { type AppendPath, countAppended } from './metrics.ts'
import { commitTo, type SealedMember, sealOpening } from './sealed.ts'
import { packMembers } from './spool.ts'
import { createStreamKeys, type KeyInHand, type StreamKeys } from './stream-keys.ts'

export type { StreamPosition } from './leaf.ts'

export type AuditEvent<A extends Action = Action> = {
  readonly action: A
  readonly stream: StreamPosition
  readonly examRef?: Id | undefined
  /** Who did it; by default the actor of the context. */
  readonly actor?: Actor
  readonly metadata: MetadataOf<A>
  /** True for an event that is itself the work: when nothing takes it the commit throws, and its place is free again. */
  readonly isOwnWork?: boolean
}

/** The only door of the audit log. */
export type AppendEvent = <A extends Action>(tx: Tx, event: AuditEvent<A>) => Promise<void>

type AppendDeps = { readonly keys: Pick<Keys, 'mac' | 'master'>; readonly clock?: Clock }

/**
 * Makes the door: `appendEvent(tx, event)` writes one event in the caller's transaction, with the request id of the
 * context; it is sent with the commit, so that nothing in the transaction sees it. When the audit log alone fails, the
 * event takes the next way of the ladder (table, spool, lost) and the caller's work goes on (R1.4); a lost one leaves a
 * hole in its stream, which becomes a `GAP`. The commit throws what is not the audit log's alone: a deadlock, a lost
 * connection, a full disk. Rows: `audit_event`, `audit_pending`, `audit_sealed`.
 */
export function createAppendEvent({ keys, clock = systemClock }: AppendDeps): AppendEvent {
  const streamKeys = createStreamKeys(keys.master)
  return async (tx, event) => {
    const made = makeEvent(keys, clock, event)
    faultPoint('audit.appending')
    const sealed = await sealMembers(streamKeys, tx, event.stream, made.members)
    let path: AppendPath = 'table'
    if (sealed instanceof Error) path = await spool(keys, tx, event, made, sealed)
    else {
      const statements = appendStatements(made, sealed.members, sealed.key)
      writeLast(tx, {
        statements,
        writeAlone: async (error, isOwn) => {
          const failure = asAuditFailure(error)
          const refused = isOwn ? failure : await storeAlone(tx, statements)
          if (refused) path = await spool(keys, tx, event, made, refused)
        },
      })
    }
    faultPoint('audit.appended')
    afterCommit(tx, () => {
      if (path === 'table' && 'key' in sealed && sealed.key) streamKeys.remember(event.stream.ref, sealed.key)
      countAppended(path)
      if (path === 'lost') noteLoss()
      log.audit.info('audit.appended', {
        'audit.action': event.action,
        'audit.stream_kind': event.stream.kind,
        'audit.stream': event.stream.ref,
        'audit.seq': event.stream.seq,
        'audit.path': path,
      })
    })
  }
}

type MadeEvent = StoredEvent & { readonly members: readonly SealedMember[] }

function asAuditFailure(error: unknown): Error {
  if (isAuditFailure(error)) return error
  throw error
}

function storeAlone(tx: Tx, statements: readonly string[]): Promise<Error | undefined> {
  return tryAside(tx, statements, () => faultPoint('audit.unappended'))
}

/** The ways that are left for an event which the table did not take: the spool, or nothing. For own work nothing is none. */
async function spool(
  keys: AppendDeps['keys'],
  tx: Tx,
  { stream, isOwnWork = false }: Pick<AuditEvent, 'stream' | 'isOwnWork'>,
  made: MadeEvent,
  refused: Error,
): Promise<AppendPath> {
  warnOfRefusal(stream, 'table', refused)
  faultPoint('audit.refused')
  const packed = packMembers(keys.master, stream, made.members)
  const unspooled = await tryAside(tx, spoolStatements(made, packed), () => faultPoint('audit.unspooled'))
  if (!unspooled) return 'spool'
  warnOfRefusal(stream, 'spool', unspooled)
  if (isOwnWork) throw unspooled
  faultPoint('audit.lost')
  return 'lost'
}

type SealedMembers = { readonly members: readonly StoredMember[]; readonly key: KeyInHand | undefined }

/** The members under the key of their stream; none for a stream whose person was erased. */
async function sealMembers(
  streamKeys: StreamKeys,
  tx: Tx,
  stream: StreamPosition,
  members: readonly SealedMember[],
): Promise<SealedMembers | Error> {
  if (members.length === 0) return { members: [], key: undefined }
  const key = await streamKeys.obtain(tx, stream.ref)
  if (key instanceof Error) return key
  if (key === 'erased') return { members: [], key: undefined }
  streamKeys.hold(tx, stream.ref, key)
  const sealed = members.map((member) => ({
    field: member.field,
    sealed: sealOpening(key.key, stream, member),
  }))
  return { members: sealed, key }
}

/** The bytes of an event. What its metadata lacks in form is left out, and the event says so: it is never missing. */
function makeEvent(keys: AppendDeps['keys'], clock: Clock, event: AuditEvent): MadeEvent {
  const context = getContext()
  const base = {
    action: event.action,
    actionVersion: ACTIONS[event.action].version,
    stream: event.stream,
    actor: toLeafActor(event.actor ?? context.actor),
    examRef: event.examRef,
    requestId: context.requestId,
    occurredAt: clock.now(),
  }
  try {
    const { clear, members } = splitMetadata(event.action, event.metadata)
    const sealed = Object.fromEntries(members.map(({ field, commitment }) => [field, commitment]))
    return finishEvent(keys, composeLeaf({ ...base, metadata: clear, sealed }), members)
  } catch (error) {
    const { ref, seq } = event.stream
    log.audit.error(
      'audit.degraded',
      { 'audit.action': event.action, 'audit.stream': ref, 'audit.seq': seq },
      error,
    )
    return finishEvent(keys, composeLeaf({ ...base, metadata: undefined, sealed: {} }), [])
  }
}

function finishEvent(
  keys: AppendDeps['keys'],
  decoded: ReturnType<typeof composeLeaf>,
  members: readonly SealedMember[],
): MadeEvent {
  const leaf = encodeJcs(decoded)
  return { leaf, mac: macLeaf(keys.mac, leaf), decoded, members }
}

function warnOfRefusal({ ref, seq }: StreamPosition, path: AppendPath, error: Error): void {
  log.audit.warning(
    'audit.append-refused',
    { 'audit.stream': ref, 'audit.seq': seq, 'audit.path': path },
    error,
  )
}

function toLeafActor(actor: Actor): LeafActor {
  return actor.kind === 'system' ? { kind: 'system' } : { kind: actor.kind, ref: actor.ref }
}

type Members = Record<string, unknown>

/** Parses the metadata by the action's schema into its clear and its sealed members. Throws for any others. */
function splitMetadata(action: Action, metadata: Members) {
  const schema = ACTIONS[action]
  const present = Object.entries(metadata).filter(([, value]) => value !== undefined)
  const isSealed = (name: string) => Object.hasOwn(schema.sealed.shape, name)
  const opened = present
    .filter(([name]) => isSealed(name))
    .map(([name, value]) => [name, value === null ? null : reveal(value as Sensitive<unknown>, 'seal')])
  const sealed = schema.sealed.parse(Object.fromEntries(opened)) as Record<string, JcsValue | null>
  return {
    clear: schema.clear.parse(Object.fromEntries(present.filter(([name]) => !isSealed(name)))) as Record<
      string,
      JcsValue
    >,
    members: Object.entries(sealed).map(([field, value]) => commitTo(field, value)),
  }
}
