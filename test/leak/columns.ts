import type { World } from './world.ts'

/**
 * How each personal and each secret column gets a marker. `canary`: the run writes one. `points`, `strokes`: numbers of
 * its own. `made`: ours to make, so that the values themselves are looked for in the end. `refused`: the table refuses
 * any value, and the run tries.
 */
export const COLUMN_MARKERS: Readonly<Record<string, 'canary' | 'points' | 'strokes' | 'made' | 'refused'>> =
  {
    'public.exam.title': 'canary',
    'public.exam.code_exam': 'canary',
    'public.rubric_item.label': 'canary',
    'public.batch.idempotency_key': 'canary',
    'public.batch.code_exam': 'canary',
    'public.batch.file_name_sealed': 'made',
    'public.upload.file_name_sealed': 'made',
    'public.page.copy_code': 'canary',
    'public.copy_lock.token': 'made',
    'public.annotation.text': 'canary',
    'public.annotation.strokes': 'strokes',
    'public.annotation.points_hundredths': 'points',
    'public.score.points_hundredths': 'points',
    'public.remark.text': 'canary',
    'public.grading_result.final_score_hundredths': 'points',
    'public.audit_sealed.sealed': 'made',
    'public.audit_stream_key.wrapped': 'made',
    'public.audit_spool.sealed': 'made',
    'people.account.name': 'canary',
    'people.account.email': 'canary',
    'people.account.image': 'refused',
    'people.account_credential.provider_account_id': 'canary',
    'people.account_credential.password': 'made',
    'people.account_credential.access_token': 'canary',
    'people.account_credential.refresh_token': 'canary',
    'people.account_credential.id_token': 'canary',
    'people.session.token': 'made',
    'people.session.ip_address': 'refused',
    'people.session.user_agent': 'refused',
    'people.sign_in_attempt.subject': 'made',
    'people.verification.identifier': 'canary',
    'people.verification.value': 'canary',
  }

/** What shows that a column holds its marker. */
const HOLDS = {
  canary: (column: string) => `${column}::text ~* 'zo[eé][-_]?marqueur'`,
  points: (column: string) => `abs(${column}) between 70000 and 300000`,
  strokes: (column: string) => `${column}::text like '%0.73451902%'`,
  made: (column: string) => `${column} is not null`,
  refused: (column: string) => `${column} is not null`,
} as const

/** How many rows of a column hold its marker. */
export async function countMarked(world: World, name: string): Promise<number> {
  const [schema, table, column] = name.split('.')
  const how = COLUMN_MARKERS[name] ?? 'canary'
  const [row] = await world.sql<{ marked: number }>(
    `select count(*)::int as marked from ${schema}."${table}" where ${HOLDS[how](`"${column}"`)}`,
  )
  return row?.marked ?? 0
}

const VALUES_PER_COLUMN = 4

/** Some of the values that a column of ours has in the end, in the forms in which bytes are written. */
export async function readMade(world: World, name: string): Promise<string[]> {
  const [schema, table, column] = name.split('.')
  const rows = await world.sql<{ value: string | Buffer }>(
    `select "${column}" as value from ${schema}."${table}" where "${column}" is not null
      order by random() limit ${VALUES_PER_COLUMN}`,
  )
  const forms = rows.flatMap(({ value }) =>
    Buffer.isBuffer(value) ? [value.toString('hex'), value.toString('base64')] : [value],
  )
  return forms.filter((form) => form !== '')
}
