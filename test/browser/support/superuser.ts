import { withConnection } from '../../../src/platform/connection.ts'
import type { TestApp } from '../../support/app.ts'

/** Does to events what only a superuser can do: statements on their table while its triggers are disabled. */
export function alterEvents({ database }: TestApp, ...statements: readonly string[]): Promise<void> {
  return withConnection(database.ownerUrl, { applicationName: 'paraph-test' }, async (client) => {
    const all = [
      'set local session_replication_role = replica',
      'alter table audit_event disable trigger all',
    ]
    await client.query(['begin', ...all, ...statements, 'commit'].join(';'))
  })
}
