import type { RUN_TIME_LOGINS } from './database-roles.ts'

type Login = (typeof RUN_TIME_LOGINS)[number]

/**
 * What migrations grant to each login on tables that are not of the audit log (`audit/protection.ts` has those). Columns
 * in brackets are all that a right is about. A test compares this with a database that was just migrated.
 */
const GRANTED: Readonly<Record<Login, Readonly<Record<string, string>>>> = {
  paraph_app: {
    account: 'INSERT SELECT UPDATE',
    account_credential: 'INSERT SELECT UPDATE',
    annotation: 'DELETE INSERT SELECT UPDATE',
    batch: `INSERT SELECT UPDATE(dismissed_at error_code event_seq finished_at import_job_id import_started_at page_count
      pages_at_start pages_expected repaired stalled_attempts status)`,
    copy: `INSERT SELECT UPDATE(assigned_marker_id event_seq finalize_attempt finalize_attempt_started_at finalize_job_id
      original_sha256 pages_version prepared_sha256 prepared_version status version)`,
    copy_lock: 'DELETE INSERT SELECT UPDATE',
    copy_student: 'DELETE INSERT SELECT',
    copy_transition: 'SELECT',
    exam: `INSERT SELECT UPDATE(code_exam code_pattern event_seq release_version released_at require_all_scores
      rubric_version title)`,
    exam_marker: 'INSERT SELECT',
    grading_result: 'INSERT SELECT',
    page: `INSERT SELECT UPDATE(copy_code copy_id discard_reason discarded_at error_code faults fingerprint flags
      former_copy_id full_media_type full_sha256 height_px image_turn page_index page_number read_path read_reason
      scan_dpi screen_media_type screen_sha256 thumbnail_media_type thumbnail_sha256 turn version width_px)`,
    page_operation: 'INSERT SELECT',
    queue_pause: 'DELETE INSERT SELECT',
    remark: 'INSERT SELECT UPDATE',
    rubric_item: 'DELETE INSERT SELECT',
    schema_migration: 'SELECT',
    score: 'INSERT SELECT UPDATE',
    session: 'DELETE INSERT SELECT UPDATE',
    sign_in_attempt: 'DELETE INSERT SELECT UPDATE',
    upload: 'DELETE INSERT SELECT UPDATE',
  },
  paraph_integrator: {},
  paraph_eraser: {
    annotation: 'DELETE SELECT(copy_id)',
    batch: `SELECT(event_seq exam_id id import_started_at original_sha256 status stream_ref)
      UPDATE(event_seq file_name_sealed idempotency_key original_sha256)`,
    copy: 'SELECT UPDATE(erased_at event_seq original_sha256 prepared_sha256 prepared_version)',
    copy_student: 'DELETE SELECT(copy_id)',
    erased_blob: 'DELETE INSERT SELECT',
    exam: 'SELECT(id stream_ref)',
    grading_result: 'DELETE SELECT(copy_id copy_version marked_sha256)',
    page: `SELECT(batch_id copy_id former_copy_id full_sha256 id screen_sha256 thumbnail_sha256)
      UPDATE(copy_code fingerprint full_sha256 screen_sha256 thumbnail_sha256)`,
    remark: 'DELETE SELECT(copy_id)',
    schema_migration: 'SELECT',
    score: 'DELETE SELECT(copy_id)',
  },
}

const RIGHT = /([A-Z]+)(?:\(([a-z0-9_\s]+)\))?/g

/** `login PRIVILEGE table`, with the column in brackets where the right is about one. */
export const TABLE_RIGHTS: readonly string[] = Object.entries(GRANTED).flatMap(([login, tables]) =>
  Object.entries(tables).flatMap(([table, rights]) =>
    [...rights.matchAll(RIGHT)].flatMap(([, privilege, columns]) =>
      columns === undefined
        ? `${login} ${privilege} ${table}`
        : columns.split(/\s+/).map((column) => `${login} ${privilege}(${column}) ${table}`),
    ),
  ),
)

export const TABLES_WITH_RIGHTS = [
  ...new Set(Object.values(GRANTED).flatMap((tables) => Object.keys(tables))),
]
