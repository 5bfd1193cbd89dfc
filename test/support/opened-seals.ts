import { readOpening, unsealOpening, unwrapDataKey } from '../../src/audit/sealed.ts'
import { unpackMembers } from '../../src/audit/spool.ts'
import { fileNamePurpose } from '../../src/copies/read.ts'
import type { Id } from '../../src/observability/id.ts'
import { decrypt } from '../../src/platform/encryption.ts'
import type { Keys } from '../../src/platform/keys.ts'
import { runAs } from './database.ts'

/** Everything in the database that is sealed, opened with all the keys of the installation. */
export async function openSeals(ownerUrl: string, keys: Keys): Promise<string> {
  const members = await runAs<{ ref: Id; seq: number; field: string; sealed: Buffer; wrapped: Buffer }>(
    ownerUrl,
    `select s.stream_ref as ref, s.seq, s.field, s.sealed, k.wrapped
       from audit_sealed s join audit_stream_key k on k.stream_ref = s.stream_ref where s.stream_ref is not null`,
  )
  const names = await runAs<{ id: Id; sealed: Buffer }>(
    ownerUrl,
    'select id, file_name_sealed as sealed from batch where file_name_sealed is not null',
  )
  const spooled = await runAs<{ leaf: Buffer; sealed: Buffer }>(
    ownerUrl,
    'select leaf, sealed from audit_spool where sealed is not null',
  )
  return [
    ...members.map(({ ref, seq, field, sealed, wrapped }) => {
      const opening = unsealOpening(
        unwrapDataKey(keys.master, ref, wrapped),
        { kind: 'copy', ref, seq },
        field,
        sealed,
      )
      return JSON.stringify(readOpening(opening))
    }),
    ...names.map(({ id, sealed }) => decrypt(keys.sealing, fileNamePurpose(id), sealed).toString()),
    ...spooled.flatMap(({ leaf, sealed }) => {
      const { stream, seq } = JSON.parse(leaf.toString())
      return unpackMembers(keys.master, { ...stream, seq }, sealed).map(({ opening }) =>
        JSON.stringify(readOpening(opening)),
      )
    }),
  ].join('\n')
}
