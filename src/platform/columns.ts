/**
 * How far what a column holds may travel. `public`: to anybody. `internal`: to whoever operates the service; ids,
 * counts, states and times that name nobody. `personal`: to those who are entitled to that person's data. `secret`:
 * nowhere; whoever has it can act as somebody, or open what is sealed.
 */
export type ColumnClass = 'public' | 'internal' | 'personal' | 'secret'

/** The names of a table's columns by their class, between blanks. */
type Table = { readonly [C in ColumnClass]?: string }

/**
 * Every column of our schemas, named once. Values of personal and secret columns leave the database as `Sensitive`
 * (`concealing-pool.ts`), and so do those of a column that is missing here. Schema `pgboss` is not ours: its jobs hold
 * an envelope and ids.
 */
export const COLUMNS: Readonly<Record<string, Readonly<Record<string, Table>>>> = {
  public: {
    exam: {
      internal:
        'id stream_ref event_seq require_all_scores rubric_version code_pattern created_by created_at released_at release_version',
      // Schools code their sheets as they like: by the class, or the teacher.
      personal: 'title code_exam',
    },
    rubric_item: {
      internal: 'id exam_id parent_id position max_hundredths step_hundredths',
      personal: 'label',
    },
    exam_marker: { internal: 'exam_id account_id added_at' },
    batch: {
      internal: `id exam_id stream_ref event_seq status original_sha256 size_bytes split pages_per_copy code_pattern
        repaired page_count pages_expected stalled_attempts pages_at_start error_code import_job_id import_started_at created_by created_at finished_at
        dismissed_at`,
      // The caller makes the key of anything, of the scan's name for instance.
      personal: 'idempotency_key code_exam',
      secret: 'file_name_sealed',
    },
    upload: {
      internal: `id exam_id owner_id size_bytes options declared_sha256 sha256 batch_id created_at expires_at`,
      secret: 'file_name_sealed',
    },
    page: {
      internal: `id batch_id batch_page_index copy_id page_index former_copy_id version turn image_turn page_number
        read_path read_reason scan_dpi fingerprint flags error_code faults discarded_at discard_reason width_px
        height_px full_sha256 full_media_type screen_sha256 screen_media_type thumbnail_sha256 thumbnail_media_type`,
      // The number on a pupil's sheets; where it is not drawn by lot, it may be the pupil's own.
      personal: 'copy_code',
    },
    copy: {
      internal: `id exam_id batch_id batch_position anonymous_id stream_ref event_seq status version status_changed_at
        assigned_marker_id original_sha256 pages_version prepared_version prepared_sha256 finalize_job_id finalize_attempt finalize_attempt_started_at created_at
        erased_at`,
    },
    page_operation: { internal: 'id exam_id kind made_by made_at before after undoes' },
    copy_lock: {
      internal: 'copy_id holder_id holder_ref acquired_at expires_at renewed_at',
      secret: 'token',
    },
    copy_transition: { public: 'from_status to_status' },
    annotation: {
      internal: `id copy_id copy_version page_index kind x y width height version created_by created_at updated_at`,
      personal: 'text strokes points_hundredths',
    },
    score: {
      internal: 'copy_id copy_version rubric_item_id version updated_at',
      personal: 'points_hundredths',
    },
    remark: {
      internal: 'copy_id copy_version rubric_item_id version updated_at',
      personal: 'text',
    },
    grading_result: {
      internal: 'copy_id copy_version marked_sha256 marked_pages marked_sheet_pages graded_at',
      personal: 'final_score_hundredths',
    },
    blob_use: { internal: 'sha256' },
    erased_blob: { internal: 'batch_id copy_id sha256' },
    audit_event: {
      internal: `id stream_kind stream_ref seq action actor_kind actor_ref exam_ref request_id occurred_at metadata leaf
        mac recorded_at late`,
    },
    audit_sealed: { internal: 'stream_ref seq field', secret: 'sealed' },
    audit_stream_key: { internal: 'stream_ref key_ref', secret: 'wrapped' },
    audit_system_stream: { internal: 'is_only stream_ref event_seq' },
    audit_pending: { internal: 'event_id' },
    audit_spool: { internal: 'id leaf mac spooled_at', secret: 'sealed' },
    audit_tree: { internal: 'is_only size frontier root' },
    audit_leaf: { internal: 'leaf_index event_id leaf_hash quarantine' },
    audit_signing: { internal: 'size root recorded_at' },
    audit_checkpoint: { internal: 'id size note published_at' },
    queue_pause: { internal: 'queue paused_at paused_by reason_code' },
    schema_migration: { public: 'version name sha256 applied_at' },
  },
  people: {
    account: {
      internal: 'id email_verified role actor_ref stream_ref event_seq created_at updated_at',
      personal: 'name email image',
    },
    account_credential: {
      internal: `id account_id provider scope access_token_expires_at refresh_token_expires_at created_at updated_at`,
      personal: 'provider_account_id',
      secret: 'password access_token refresh_token id_token',
    },
    // Whose copy it is, by ids; the names are in `account`.
    copy_student: { internal: 'copy_id exam_id account_id linked_at' },
    session: {
      internal: 'id account_id expires_at created_at updated_at',
      personal: 'ip_address user_agent',
      secret: 'token',
    },
    sign_in_attempt: { internal: 'attempts last_at', personal: 'subject' },
    verification: {
      internal: 'id expires_at created_at updated_at',
      personal: 'identifier',
      secret: 'value',
    },
  },
}

/** Whether values of a column may be seen as they are: of our schemas what is classified so, of others all. */
export function isPlain(schema: string, table: string, column: string): boolean {
  const ours = COLUMNS[schema]
  if (!ours) return true
  const { public: open = '', internal = '' } = ours[table] ?? {}
  return `${open} ${internal}`.split(/\s+/).includes(column)
}
