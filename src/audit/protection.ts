import type { Database } from '../platform/database.ts'
import { listPrivileges } from '../platform/granted-rights.ts'
import { listGuards } from './protection-store.ts'

const LOGINS = { app: 'paraph_app', integrator: 'paraph_integrator', eraser: 'paraph_eraser' } as const

/**
 * What each login may do with each table of the log besides reading it. Nobody may update an event, and who may take
 * something away may not order what is left. A column in brackets is all that may be updated.
 */
const PRIVILEGES: Readonly<Record<keyof typeof LOGINS, Readonly<Record<string, string>>>> = {
  app: {
    audit_event: 'INSERT',
    audit_pending: 'INSERT',
    audit_spool: 'INSERT',
    audit_sealed: 'INSERT',
    audit_stream_key: 'INSERT',
    audit_system_stream: 'UPDATE(event_seq)',
    audit_tree: '',
    audit_leaf: '',
    audit_signing: '',
    audit_checkpoint: '',
  },
  integrator: {
    audit_event: 'INSERT',
    audit_pending: 'DELETE INSERT',
    audit_spool: 'DELETE',
    audit_sealed: 'INSERT',
    audit_stream_key: 'INSERT',
    audit_system_stream: '',
    audit_tree: 'UPDATE(frontier) UPDATE(root) UPDATE(size)',
    audit_leaf: 'INSERT',
    audit_signing: 'INSERT',
    audit_checkpoint: 'INSERT',
  },
  eraser: {
    audit_event: 'INSERT',
    audit_pending: 'INSERT',
    audit_spool: 'INSERT',
    audit_sealed: 'DELETE INSERT',
    audit_stream_key: 'DELETE INSERT',
    audit_system_stream: 'UPDATE(event_seq)',
    audit_tree: '',
    audit_leaf: '',
    audit_signing: '',
    audit_checkpoint: '',
  },
}
export const AUDIT_TABLES = Object.keys(PRIVILEGES.app)

/** Triggers without which a superuser's slip, or a bug, could alter the past. Each fires whatever the session says. */
const GUARDS = [
  'audit_checkpoint_is_append_only',
  'audit_checkpoint_is_never_emptied',
  'audit_event_is_append_only',
  'audit_event_is_never_emptied',
  'audit_leaf_is_append_only',
  'audit_leaf_is_never_emptied',
  'audit_pending_is_never_altered',
  'audit_pending_is_never_emptied',
  'audit_sealed_is_never_altered',
  'audit_sealed_is_never_emptied',
  'audit_signing_is_append_only',
  'audit_signing_is_never_emptied',
  'audit_stream_key_is_never_altered',
  'audit_stream_key_is_never_emptied',
  'audit_system_stream_is_never_deleted',
  'audit_system_stream_is_never_emptied',
  'audit_tree_is_never_deleted',
  'audit_tree_is_never_emptied',
  'audit_tree_never_shrinks',
  'copy_is_guarded',
]

/** How the protection of the log differs from what it should be, in words of the catalogue; empty when it does not. */
export async function findLooseProtection(db: Database): Promise<readonly string[]> {
  const [privileges, guards] = await Promise.all([listPrivileges(db, AUDIT_TABLES), listGuards(db)])
  const expected = Object.entries(PRIVILEGES).flatMap(([login, tables]) =>
    Object.entries(tables).flatMap(([table, others]) =>
      ['SELECT', ...others.split(' ')]
        .filter((privilege) => privilege !== '')
        .map((privilege) => `${LOGINS[login as keyof typeof LOGINS]} ${privilege} ${table}`),
    ),
  )
  return [...compare('privilege', expected, privileges), ...compare('trigger', GUARDS, guards, 'at-least')]
}

/** Of triggers there may be more, of privileges none. */
function compare(
  what: string,
  expected: readonly string[],
  found: readonly string[],
  bound?: 'at-least',
): string[] {
  const [should, is] = [new Set(expected), new Set(found)]
  const extra = bound === 'at-least' ? [] : [...is].filter((entry) => !should.has(entry))
  const missing = [...should].filter((entry) => !is.has(entry))
  return [
    ...missing.map((entry) => `missing ${what}: ${entry}`),
    ...extra.map((entry) => `extra ${what}: ${entry}`),
  ]
}
