-- columns
annotation.id uuid not null
annotation.copy_id uuid not null
annotation.copy_version integer not null
annotation.page_index integer not null
annotation.kind text not null
annotation.x double precision not null
annotation.y double precision not null
annotation.width double precision not null
annotation.height double precision not null
annotation.text text
annotation.points_hundredths integer
annotation.version integer not null default 1
annotation.created_by uuid not null
annotation.created_at timestamp with time zone not null default now()
annotation.updated_at timestamp with time zone not null default now()
annotation.strokes jsonb
audit_checkpoint.id bigint not null
audit_checkpoint.size bigint not null
audit_checkpoint.note text not null
audit_checkpoint.published_at timestamp with time zone not null default clock_timestamp()
audit_event.id bigint not null
audit_event.stream_kind text not null
audit_event.stream_ref uuid not null
audit_event.seq integer not null
audit_event.action text not null
audit_event.actor_kind text not null
audit_event.actor_ref uuid
audit_event.exam_ref uuid
audit_event.request_id text not null
audit_event.occurred_at timestamp with time zone not null
audit_event.metadata jsonb not null
audit_event.leaf bytea
audit_event.mac bytea
audit_event.recorded_at timestamp with time zone not null default clock_timestamp()
audit_event.late boolean not null default false
audit_leaf.leaf_index bigint not null
audit_leaf.event_id bigint not null
audit_leaf.leaf_hash bytea not null
audit_leaf.quarantine bytea
audit_pending.event_id bigint not null
audit_sealed.field text not null
audit_sealed.sealed bytea not null
audit_sealed.stream_ref uuid not null
audit_sealed.seq integer not null
audit_signing.size bigint not null
audit_signing.root bytea not null
audit_signing.recorded_at timestamp with time zone not null default clock_timestamp()
audit_spool.id bigint not null
audit_spool.leaf bytea not null
audit_spool.mac bytea not null
audit_spool.sealed bytea
audit_spool.spooled_at timestamp with time zone not null default clock_timestamp()
audit_stream_key.stream_ref uuid not null
audit_stream_key.key_ref uuid not null
audit_stream_key.wrapped bytea not null
audit_system_stream.is_only boolean not null default true
audit_system_stream.stream_ref uuid not null default gen_random_uuid()
audit_system_stream.event_seq integer not null default 0
audit_tree.is_only boolean not null default true
audit_tree.size bigint not null
audit_tree.frontier bytea not null
audit_tree.root bytea not null
batch.id uuid not null
batch.exam_id uuid not null
batch.stream_ref uuid not null default gen_random_uuid()
batch.event_seq integer not null default 0
batch.status text not null default 'UPLOADED'::text
batch.original_sha256 text
batch.size_bytes bigint not null
batch.file_name_sealed bytea
batch.pages_per_copy integer
batch.page_count integer
batch.error_code text
batch.import_job_id uuid
batch.import_started_at timestamp with time zone
batch.created_by uuid not null
batch.created_at timestamp with time zone not null default now()
batch.finished_at timestamp with time zone
batch.idempotency_key text
batch.dismissed_at timestamp with time zone
batch.split text not null default 'one-copy'::text
batch.code_pattern text
batch.repaired boolean not null default false
batch.pages_expected integer
batch.stalled_attempts integer not null default 0
batch.pages_at_start integer not null default 0
batch.code_exam text
copy.id uuid not null
copy.exam_id uuid not null
copy.batch_id uuid not null
copy.batch_position integer not null
copy.anonymous_id text not null
copy.stream_ref uuid not null default gen_random_uuid()
copy.event_seq integer not null default 0
copy.status text not null default 'STAGING'::text
copy.version integer not null default 1
copy.status_changed_at timestamp with time zone not null default now()
copy.assigned_marker_id uuid
copy.original_sha256 text
copy.finalize_job_id uuid
copy.finalize_attempt integer
copy.created_at timestamp with time zone not null default now()
copy.finalize_attempt_started_at timestamp with time zone
copy.erased_at timestamp with time zone
copy.pages_version integer not null default 1
copy.prepared_version integer
copy.prepared_sha256 text
copy_lock.copy_id uuid not null
copy_lock.token uuid not null
copy_lock.holder_id uuid not null
copy_lock.holder_ref uuid not null
copy_lock.acquired_at timestamp with time zone not null default now()
copy_lock.expires_at timestamp with time zone not null
copy_lock.renewed_at timestamp with time zone not null default clock_timestamp()
copy_transition.from_status text not null
copy_transition.to_status text not null
erased_blob.copy_id uuid
erased_blob.sha256 text not null
erased_blob.batch_id uuid
exam.id uuid not null
exam.title text not null
exam.stream_ref uuid not null default gen_random_uuid()
exam.event_seq integer not null default 0
exam.require_all_scores boolean not null default true
exam.rubric_version integer not null default 0
exam.created_by uuid not null
exam.created_at timestamp with time zone not null default now()
exam.code_pattern text
exam.code_exam text
exam.released_at timestamp with time zone
exam.release_version integer not null default 0
exam_marker.exam_id uuid not null
exam_marker.account_id uuid not null
exam_marker.added_at timestamp with time zone not null default now()
grading_result.copy_id uuid not null
grading_result.copy_version integer not null
grading_result.final_score_hundredths integer not null
grading_result.marked_sha256 text not null
grading_result.marked_pages integer not null
grading_result.marked_sheet_pages integer not null
grading_result.graded_at timestamp with time zone not null default clock_timestamp()
page.batch_id uuid not null
page.batch_page_index integer not null
page.copy_id uuid
page.page_index integer
page.full_sha256 text
page.full_media_type text
page.screen_sha256 text
page.screen_media_type text
page.thumbnail_sha256 text
page.thumbnail_media_type text
page.width_px integer
page.height_px integer
page.id uuid not null default gen_random_uuid()
page.version integer not null default 1
page.turn smallint not null default 0
page.image_turn smallint not null default 0
page.page_number integer
page.copy_code text
page.read_path text
page.read_reason text
page.scan_dpi integer
page.fingerprint text
page.flags jsonb not null default '[]'::jsonb
page.error_code text
page.faults smallint not null default 0
page.discarded_at timestamp with time zone
page.discard_reason text
page.former_copy_id uuid
page_operation.id uuid not null
page_operation.exam_id uuid not null
page_operation.kind text not null
page_operation.made_by uuid not null
page_operation.made_at timestamp with time zone not null default clock_timestamp()
page_operation.before jsonb not null
page_operation.after jsonb not null
page_operation.undoes uuid
people.account.id uuid not null default gen_random_uuid()
people.account.name text not null
people.account.email text not null
people.account.email_verified boolean not null default false
people.account.image text
people.account.role text not null
people.account.actor_ref uuid not null default gen_random_uuid()
people.account.stream_ref uuid not null default gen_random_uuid()
people.account.event_seq integer not null default 0
people.account.created_at timestamp with time zone not null default now()
people.account.updated_at timestamp with time zone not null default now()
people.account_credential.id uuid not null default gen_random_uuid()
people.account_credential.account_id uuid not null
people.account_credential.provider text not null
people.account_credential.provider_account_id text not null
people.account_credential.password text
people.account_credential.access_token text
people.account_credential.refresh_token text
people.account_credential.id_token text
people.account_credential.access_token_expires_at timestamp with time zone
people.account_credential.refresh_token_expires_at timestamp with time zone
people.account_credential.scope text
people.account_credential.created_at timestamp with time zone not null default now()
people.account_credential.updated_at timestamp with time zone not null default now()
people.copy_student.copy_id uuid not null
people.copy_student.exam_id uuid not null
people.copy_student.account_id uuid not null
people.copy_student.linked_at timestamp with time zone not null default now()
people.session.id uuid not null default gen_random_uuid()
people.session.account_id uuid not null
people.session.token text not null
people.session.ip_address text
people.session.user_agent text
people.session.expires_at timestamp with time zone not null
people.session.created_at timestamp with time zone not null default now()
people.session.updated_at timestamp with time zone not null default now()
people.sign_in_attempt.subject bytea not null
people.sign_in_attempt.attempts integer not null
people.sign_in_attempt.last_at timestamp with time zone not null
people.verification.id uuid not null default gen_random_uuid()
people.verification.identifier text not null
people.verification.value text not null
people.verification.expires_at timestamp with time zone not null
people.verification.created_at timestamp with time zone not null default now()
people.verification.updated_at timestamp with time zone not null default now()
queue_pause.queue text not null
queue_pause.paused_at timestamp with time zone not null default now()
queue_pause.reason_code text not null
queue_pause.paused_by uuid
remark.copy_id uuid not null
remark.copy_version integer not null
remark.rubric_item_id uuid
remark.text text
remark.version integer not null default 1
remark.updated_at timestamp with time zone not null default now()
rubric_item.id uuid not null
rubric_item.exam_id uuid not null
rubric_item.parent_id uuid
rubric_item.position integer not null
rubric_item.label text not null
rubric_item.max_hundredths integer
rubric_item.step_hundredths integer
schema_migration.version integer not null
schema_migration.name text not null
schema_migration.sha256 text not null
schema_migration.applied_at timestamp with time zone not null default now()
score.copy_id uuid not null
score.copy_version integer not null
score.rubric_item_id uuid not null
score.points_hundredths integer
score.version integer not null default 1
score.updated_at timestamp with time zone not null default now()
upload.id uuid not null
upload.exam_id uuid not null
upload.owner_id uuid not null
upload.size_bytes bigint not null
upload.file_name_sealed bytea
upload.options jsonb not null
upload.declared_sha256 text
upload.sha256 text
upload.batch_id uuid
upload.created_at timestamp with time zone not null default clock_timestamp()
upload.expires_at timestamp with time zone not null

-- constraints
annotation: annotation_check CHECK (((width >= (0)::double precision) AND ((x + width) <= (1.0000001)::double precision)))
annotation: annotation_check1 CHECK (((height >= (0)::double precision) AND ((y + height) <= (1.0000001)::double precision)))
annotation: annotation_copy_id_fkey FOREIGN KEY (copy_id) REFERENCES copy(id)
annotation: annotation_created_by_fkey FOREIGN KEY (created_by) REFERENCES people.account(id)
annotation: annotation_ink_check CHECK (((kind = 'ink'::text) = (strokes IS NOT NULL)))
annotation: annotation_kind_check CHECK ((kind = ANY (ARRAY['comment'::text, 'highlight'::text, 'ink'::text, 'tick'::text, 'cross'::text, 'box'::text, 'text'::text])))
annotation: annotation_page_index_check CHECK ((page_index >= 0))
annotation: annotation_pkey PRIMARY KEY (id)
annotation: annotation_strokes_check CHECK (
CASE jsonb_typeof(strokes)
    WHEN 'array'::text THEN ((jsonb_array_length(strokes) >= 1) AND (jsonb_array_length(strokes) <= 200))
    ELSE (strokes IS NULL)
END)
annotation: annotation_text_check CHECK ((length(text) <= 4000))
annotation: annotation_words_check CHECK (((kind = ANY (ARRAY['comment'::text, 'text'::text])) = (text IS NOT NULL)))
annotation: annotation_x_check CHECK (((x >= (0)::double precision) AND (x <= (1)::double precision)))
annotation: annotation_y_check CHECK (((y >= (0)::double precision) AND (y <= (1)::double precision)))
audit_checkpoint: audit_checkpoint_pkey PRIMARY KEY (id)
audit_checkpoint: audit_checkpoint_size_fkey FOREIGN KEY (size) REFERENCES audit_signing(size)
audit_event: audit_event_action_check CHECK ((action ~ '^[A-Z_]{2,40}$'::text))
audit_event: audit_event_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['user'::text, 'operator'::text, 'system'::text])))
audit_event: audit_event_check CHECK (((actor_ref IS NULL) = (actor_kind = 'system'::text)))
audit_event: audit_event_leaf_check CHECK (((leaf IS NOT NULL) AND (octet_length(leaf) <= 8192) AND (mac IS NOT NULL) AND (octet_length(mac) = 36))) NOT VALID
audit_event: audit_event_metadata_check CHECK ((jsonb_typeof(metadata) = 'object'::text))
audit_event: audit_event_pkey PRIMARY KEY (id)
audit_event: audit_event_request_id_check CHECK ((request_id ~ '^[A-Za-z0-9._-]{8,64}$'::text))
audit_event: audit_event_seq_check CHECK ((seq >= 1))
audit_event: audit_event_stream_kind_check CHECK ((stream_kind = ANY (ARRAY['copy'::text, 'batch'::text, 'exam'::text, 'account'::text, 'system'::text])))
audit_event: audit_event_stream_ref_seq_key UNIQUE (stream_ref, seq)
audit_leaf: audit_leaf_event_id_key UNIQUE (event_id)
audit_leaf: audit_leaf_leaf_hash_check CHECK ((octet_length(leaf_hash) = 32))
audit_leaf: audit_leaf_leaf_index_check CHECK ((leaf_index >= 0))
audit_leaf: audit_leaf_pkey PRIMARY KEY (leaf_index)
audit_pending: audit_pending_pkey PRIMARY KEY (event_id)
audit_sealed: audit_sealed_pkey PRIMARY KEY (stream_ref, seq, field)
audit_signing: audit_signing_pkey PRIMARY KEY (size)
audit_signing: audit_signing_root_check CHECK ((octet_length(root) = 32))
audit_signing: audit_signing_size_check CHECK ((size >= 0))
audit_stream_key: audit_stream_key_pkey PRIMARY KEY (stream_ref)
audit_system_stream: audit_system_stream_event_seq_check CHECK ((event_seq >= 0))
audit_system_stream: audit_system_stream_is_only_check CHECK (is_only)
audit_system_stream: audit_system_stream_pkey PRIMARY KEY (is_only)
audit_system_stream: audit_system_stream_stream_ref_key UNIQUE (stream_ref)
audit_tree: audit_tree_is_only_check CHECK (is_only)
audit_tree: audit_tree_pkey PRIMARY KEY (is_only)
audit_tree: audit_tree_root_check CHECK ((octet_length(root) = 32))
audit_tree: audit_tree_size_check CHECK ((size >= 0))
batch: batch_check CHECK (((status = 'FAILED'::text) = (error_code IS NOT NULL)))
batch: batch_code_needs_its_pattern CHECK (((code_pattern IS NOT NULL) OR (code_exam IS NULL)))
batch: batch_created_by_fkey FOREIGN KEY (created_by) REFERENCES people.account(id)
batch: batch_dismissed_has_failed CHECK (((dismissed_at IS NULL) OR (status = 'FAILED'::text)))
batch: batch_error_code_check CHECK ((error_code ~ '^[a-z0-9-]{1,64}$'::text))
batch: batch_exam_id_fkey FOREIGN KEY (exam_id) REFERENCES exam(id)
batch: batch_forgets_its_scan_whole CHECK (((num_nonnulls(original_sha256, file_name_sealed) = 2) OR (num_nonnulls(original_sha256, file_name_sealed, idempotency_key) = 0)))
batch: batch_has_its_pages TRIGGER DEFERRABLE INITIALLY DEFERRED
batch: batch_idempotency_key_check CHECK ((idempotency_key ~ '^[A-Za-z0-9._:-]{8,128}$'::text))
batch: batch_imports_a_scan CHECK (((original_sha256 IS NOT NULL) OR (status = ANY (ARRAY['IMPORTED'::text, 'FAILED'::text]))))
batch: batch_is_split_as_it_says CHECK ((((split = 'fixed'::text) = (pages_per_copy IS NOT NULL)) AND ((split <> ALL (ARRAY['code-first'::text, 'code-every'::text])) OR (code_pattern IS NOT NULL))))
batch: batch_original_sha256_check CHECK ((original_sha256 ~ '^[0-9a-f]{64}$'::text))
batch: batch_page_count_check CHECK ((page_count > 0))
batch: batch_pages_expected_check CHECK ((pages_expected > 0))
batch: batch_pages_per_copy_check CHECK (((pages_per_copy >= 1) AND (pages_per_copy <= 500)))
batch: batch_pkey PRIMARY KEY (id)
batch: batch_size_bytes_check CHECK ((size_bytes > 0))
batch: batch_split_check CHECK ((split = ANY (ARRAY['one-copy'::text, 'fixed'::text, 'code-first'::text, 'code-every'::text])))
batch: batch_status_check CHECK ((status = ANY (ARRAY['UPLOADED'::text, 'IMPORTING'::text, 'IMPORTED'::text, 'FAILED'::text])))
batch: batch_stream_ref_key UNIQUE (stream_ref)
copy: copy_assigned_marker_id_fkey FOREIGN KEY (assigned_marker_id) REFERENCES people.account(id)
copy: copy_batch_id_batch_position_key UNIQUE (batch_id, batch_position)
copy: copy_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES batch(id)
copy: copy_batch_position_check CHECK ((batch_position >= 1))
copy: copy_check CHECK (((status = 'GRADING_IN_PROGRESS'::text) = (finalize_job_id IS NOT NULL)))
copy: copy_erased_is_empty CHECK (((erased_at IS NULL) OR ((num_nonnulls(original_sha256, prepared_sha256) = 0) AND (status <> ALL (ARRAY['LOCKED'::text, 'GRADING_IN_PROGRESS'::text])))))
copy: copy_exam_id_anonymous_id_key UNIQUE (exam_id, anonymous_id)
copy: copy_exam_id_fkey FOREIGN KEY (exam_id) REFERENCES exam(id)
copy: copy_lock_agrees TRIGGER DEFERRABLE INITIALLY DEFERRED
copy: copy_of_exam UNIQUE (id, exam_id)
copy: copy_original_sha256_check CHECK ((original_sha256 ~ '^[0-9a-f]{64}$'::text))
copy: copy_pkey PRIMARY KEY (id)
copy: copy_prepared_sha256_check CHECK ((prepared_sha256 ~ '^[0-9a-f]{64}$'::text))
copy: copy_status_check CHECK ((status = ANY (ARRAY['STAGING'::text, 'READY'::text, 'LOCKED'::text, 'GRADING_IN_PROGRESS'::text, 'GRADED'::text, 'GRADING_FAILED'::text])))
copy: copy_stream_ref_key UNIQUE (stream_ref)
copy: copy_version_check CHECK ((version >= 1))
copy_lock: copy_lock_copy_id_fkey FOREIGN KEY (copy_id) REFERENCES copy(id)
copy_lock: copy_lock_holder_id_fkey FOREIGN KEY (holder_id) REFERENCES people.account(id)
copy_lock: copy_lock_pkey PRIMARY KEY (copy_id)
copy_lock: copy_lock_row_agrees TRIGGER DEFERRABLE INITIALLY DEFERRED
copy_transition: copy_transition_pkey PRIMARY KEY (from_status, to_status)
erased_blob: erased_blob_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES batch(id)
erased_blob: erased_blob_copy_id_fkey FOREIGN KEY (copy_id) REFERENCES copy(id)
erased_blob: erased_blob_is_of_one CHECK ((num_nonnulls(copy_id, batch_id) = 1))
erased_blob: erased_blob_key UNIQUE NULLS NOT DISTINCT (copy_id, batch_id, sha256)
exam: exam_code_needs_its_pattern CHECK (((code_pattern IS NOT NULL) OR (code_exam IS NULL)))
exam: exam_code_pattern_check CHECK ((char_length(code_pattern) <= 64))
exam: exam_created_by_fkey FOREIGN KEY (created_by) REFERENCES people.account(id)
exam: exam_pkey PRIMARY KEY (id)
exam: exam_release_version_check CHECK ((release_version >= 0))
exam: exam_stream_ref_key UNIQUE (stream_ref)
exam: exam_title_check CHECK (((length(title) >= 1) AND (length(title) <= 200)))
exam_marker: exam_marker_account_id_fkey FOREIGN KEY (account_id) REFERENCES people.account(id)
exam_marker: exam_marker_exam_id_fkey FOREIGN KEY (exam_id) REFERENCES exam(id)
exam_marker: exam_marker_pkey PRIMARY KEY (exam_id, account_id)
grading_result: grading_result_copy_id_fkey FOREIGN KEY (copy_id) REFERENCES copy(id)
grading_result: grading_result_final_score_hundredths_check CHECK ((final_score_hundredths >= 0))
grading_result: grading_result_marked_pages_check CHECK ((marked_pages >= 1))
grading_result: grading_result_marked_sha256_check CHECK ((marked_sha256 ~ '^[0-9a-f]{64}$'::text))
grading_result: grading_result_marked_sheet_pages_check CHECK ((marked_sheet_pages >= 1))
grading_result: grading_result_pkey PRIMARY KEY (copy_id, copy_version)
page: page_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES batch(id)
page: page_batch_page_index_check CHECK ((batch_page_index >= 0))
page: page_check CHECK (((copy_id IS NULL) = (page_index IS NULL)))
page: page_copy_id_fkey FOREIGN KEY (copy_id) REFERENCES copy(id)
page: page_copy_id_page_index_key UNIQUE (copy_id, page_index) DEFERRABLE
page: page_error_code_check CHECK ((error_code ~ '^[a-z0-9-]{1,64}$'::text))
page: page_forgets_its_images_whole CHECK ((num_nonnulls(full_sha256, screen_sha256, thumbnail_sha256) = ANY (ARRAY[0, 3])))
page: page_former_copy_id_fkey FOREIGN KEY (former_copy_id) REFERENCES copy(id)
page: page_has_one_place CHECK (((copy_id IS NULL) OR (discarded_at IS NULL)))
page: page_height_px_check CHECK ((height_px > 0))
page: page_id_key UNIQUE (id)
page: page_image_turn_check CHECK ((image_turn = ANY (ARRAY[0, 90, 180, 270])))
page: page_is_discarded_for_a_reason CHECK (((discarded_at IS NULL) = (discard_reason IS NULL)))
page: page_page_index_check CHECK ((page_index >= 0))
page: page_page_number_check CHECK (((page_number >= 1) AND (page_number <= 9999)))
page: page_pkey PRIMARY KEY (batch_id, batch_page_index)
page: page_turn_check CHECK ((turn = ANY (ARRAY[0, 90, 180, 270])))
page: page_width_px_check CHECK ((width_px > 0))
page_operation: page_operation_exam_id_fkey FOREIGN KEY (exam_id) REFERENCES exam(id)
page_operation: page_operation_kind_check CHECK ((kind ~ '^[a-z-]{1,32}$'::text))
page_operation: page_operation_made_by_fkey FOREIGN KEY (made_by) REFERENCES people.account(id)
page_operation: page_operation_pkey PRIMARY KEY (id)
page_operation: page_operation_undoes_fkey FOREIGN KEY (undoes) REFERENCES page_operation(id)
page_operation: page_operation_undoes_key UNIQUE (undoes)
people.account: account_actor_ref_key UNIQUE (actor_ref)
people.account: account_email_check CHECK ((email = lower(email)))
people.account: account_email_key UNIQUE (email)
people.account: account_event_seq_check CHECK ((event_seq >= 0))
people.account: account_image_check CHECK ((image IS NULL))
people.account: account_name_check CHECK ((name <> ''::text))
people.account: account_pkey PRIMARY KEY (id)
people.account: account_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'marker'::text, 'operator'::text, 'auditor'::text, 'student'::text])))
people.account: account_stream_ref_key UNIQUE (stream_ref)
people.account_credential: account_credential_account_id_fkey FOREIGN KEY (account_id) REFERENCES people.account(id) ON DELETE CASCADE
people.account_credential: account_credential_password_check CHECK ((password ~~ '$argon2id$%'::text))
people.account_credential: account_credential_pkey PRIMARY KEY (id)
people.account_credential: account_credential_provider_provider_account_id_key UNIQUE (provider, provider_account_id)
people.copy_student: copy_student_account_id_fkey FOREIGN KEY (account_id) REFERENCES people.account(id) ON DELETE CASCADE
people.copy_student: copy_student_copy_id_exam_id_fkey FOREIGN KEY (copy_id, exam_id) REFERENCES copy(id, exam_id)
people.copy_student: copy_student_exam_id_account_id_key UNIQUE (exam_id, account_id)
people.copy_student: copy_student_pkey PRIMARY KEY (copy_id)
people.session: session_account_id_fkey FOREIGN KEY (account_id) REFERENCES people.account(id) ON DELETE CASCADE
people.session: session_ip_address_check CHECK ((ip_address IS NULL))
people.session: session_pkey PRIMARY KEY (id)
people.session: session_token_key UNIQUE (token)
people.session: session_user_agent_check CHECK ((user_agent IS NULL))
people.sign_in_attempt: sign_in_attempt_attempts_check CHECK ((attempts >= 1))
people.sign_in_attempt: sign_in_attempt_pkey PRIMARY KEY (subject)
people.sign_in_attempt: sign_in_attempt_subject_check CHECK ((length(subject) = 32))
people.verification: verification_pkey PRIMARY KEY (id)
queue_pause: queue_pause_pkey PRIMARY KEY (queue)
queue_pause: queue_pause_queue_check CHECK ((queue = ANY (ARRAY['import-batch'::text, 'prepare-copy'::text, 'finalize-copy'::text])))
queue_pause: queue_pause_reason_code_check CHECK ((reason_code ~ '^[a-z0-9][a-z0-9-]{0,63}$'::text))
remark: remark_copy_id_copy_version_rubric_item_id_key UNIQUE NULLS NOT DISTINCT (copy_id, copy_version, rubric_item_id)
remark: remark_copy_id_fkey FOREIGN KEY (copy_id) REFERENCES copy(id)
remark: remark_rubric_item_id_fkey FOREIGN KEY (rubric_item_id) REFERENCES rubric_item(id)
remark: remark_text_check CHECK (((length(text) >= 1) AND (length(text) <= 2000)))
rubric_item: rubric_item_check CHECK (((max_hundredths IS NULL) = (step_hundredths IS NULL)))
rubric_item: rubric_item_check1 CHECK (((max_hundredths IS NULL) OR ((max_hundredths % step_hundredths) = 0)))
rubric_item: rubric_item_exam_id_fkey FOREIGN KEY (exam_id) REFERENCES exam(id)
rubric_item: rubric_item_exam_id_parent_id_position_key UNIQUE NULLS NOT DISTINCT (exam_id, parent_id, "position")
rubric_item: rubric_item_label_check CHECK (((length(label) >= 1) AND (length(label) <= 200)))
rubric_item: rubric_item_max_hundredths_check CHECK (((max_hundredths > 0) AND (max_hundredths <= 100000)))
rubric_item: rubric_item_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES rubric_item(id)
rubric_item: rubric_item_pkey PRIMARY KEY (id)
rubric_item: rubric_item_position_check CHECK (("position" >= 0))
rubric_item: rubric_item_step_hundredths_check CHECK ((step_hundredths = ANY (ARRAY[25, 50, 100])))
schema_migration: schema_migration_pkey PRIMARY KEY (version)
score: score_copy_id_fkey FOREIGN KEY (copy_id) REFERENCES copy(id)
score: score_pkey PRIMARY KEY (copy_id, copy_version, rubric_item_id)
score: score_points_hundredths_check CHECK ((points_hundredths >= 0))
score: score_rubric_item_id_fkey FOREIGN KEY (rubric_item_id) REFERENCES rubric_item(id)
upload: upload_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES batch(id)
upload: upload_check CHECK (((batch_id IS NULL) = (file_name_sealed IS NOT NULL)))
upload: upload_declared_sha256_check CHECK ((declared_sha256 ~ '^[0-9a-f]{64}$'::text))
upload: upload_exam_id_fkey FOREIGN KEY (exam_id) REFERENCES exam(id)
upload: upload_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES people.account(id)
upload: upload_pkey PRIMARY KEY (id)
upload: upload_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
upload: upload_size_bytes_check CHECK ((size_bytes > 0))

-- indexes
CREATE INDEX account_created_at_idx ON people.account USING btree (created_at, id)
CREATE INDEX account_credential_account_id_idx ON people.account_credential USING btree (account_id)
CREATE INDEX annotation_copy ON public.annotation USING btree (copy_id, copy_version, page_index)
CREATE INDEX audit_checkpoint_size ON public.audit_checkpoint USING btree (size, id)
CREATE INDEX audit_event_actor ON public.audit_event USING btree (actor_ref, id)
CREATE INDEX audit_event_exam ON public.audit_event USING btree (exam_ref, action, id)
CREATE INDEX audit_event_failure ON public.audit_event USING btree (occurred_at, id) WHERE ((metadata -> 'success'::text) = 'false'::jsonb)
CREATE INDEX audit_event_request ON public.audit_event USING btree (request_id)
CREATE INDEX audit_event_time ON public.audit_event USING btree (occurred_at, id)
CREATE INDEX batch_exam ON public.batch USING btree (exam_id, created_at)
CREATE INDEX batch_original ON public.batch USING btree (original_sha256)
CREATE INDEX copy_exam_status ON public.copy USING btree (exam_id, status)
CREATE INDEX copy_lock_expiry ON public.copy_lock USING btree (expires_at)
CREATE INDEX copy_marker ON public.copy USING btree (assigned_marker_id, status)
CREATE INDEX copy_original ON public.copy USING btree (original_sha256)
CREATE INDEX copy_prepared ON public.copy USING btree (prepared_sha256)
CREATE INDEX copy_status ON public.copy USING btree (status, status_changed_at)
CREATE INDEX copy_student_account ON people.copy_student USING btree (account_id)
CREATE INDEX exam_marker_account ON public.exam_marker USING btree (account_id)
CREATE INDEX grading_result_marked ON public.grading_result USING btree (marked_sha256)
CREATE INDEX page_former_copy ON public.page USING btree (former_copy_id) WHERE (former_copy_id IS NOT NULL)
CREATE INDEX page_full ON public.page USING btree (full_sha256)
CREATE INDEX page_operation_exam ON public.page_operation USING btree (exam_id, made_at)
CREATE INDEX page_screen ON public.page USING btree (screen_sha256)
CREATE INDEX page_thumbnail ON public.page USING btree (thumbnail_sha256)
CREATE INDEX rubric_item_exam ON public.rubric_item USING btree (exam_id)
CREATE INDEX session_account_id_idx ON people.session USING btree (account_id)
CREATE INDEX session_expires_at_idx ON people.session USING btree (expires_at)
CREATE INDEX sign_in_attempt_last_at_idx ON people.sign_in_attempt USING btree (last_at)
CREATE INDEX upload_expiry ON public.upload USING btree (expires_at)
CREATE INDEX upload_owner ON public.upload USING btree (owner_id, created_at)
CREATE INDEX verification_identifier_idx ON people.verification USING btree (identifier)
CREATE UNIQUE INDEX account_actor_ref_key ON people.account USING btree (actor_ref)
CREATE UNIQUE INDEX account_credential_pkey ON people.account_credential USING btree (id)
CREATE UNIQUE INDEX account_credential_provider_provider_account_id_key ON people.account_credential USING btree (provider, provider_account_id)
CREATE UNIQUE INDEX account_email_key ON people.account USING btree (email)
CREATE UNIQUE INDEX account_pkey ON people.account USING btree (id)
CREATE UNIQUE INDEX account_stream_ref_key ON people.account USING btree (stream_ref)
CREATE UNIQUE INDEX annotation_pkey ON public.annotation USING btree (id)
CREATE UNIQUE INDEX audit_checkpoint_pkey ON public.audit_checkpoint USING btree (id)
CREATE UNIQUE INDEX audit_event_pkey ON public.audit_event USING btree (id)
CREATE UNIQUE INDEX audit_event_stream_ref_seq_key ON public.audit_event USING btree (stream_ref, seq)
CREATE UNIQUE INDEX audit_leaf_event_id_key ON public.audit_leaf USING btree (event_id)
CREATE UNIQUE INDEX audit_leaf_pkey ON public.audit_leaf USING btree (leaf_index)
CREATE UNIQUE INDEX audit_pending_pkey ON public.audit_pending USING btree (event_id)
CREATE UNIQUE INDEX audit_sealed_pkey ON public.audit_sealed USING btree (stream_ref, seq, field)
CREATE UNIQUE INDEX audit_signing_pkey ON public.audit_signing USING btree (size)
CREATE UNIQUE INDEX audit_stream_key_pkey ON public.audit_stream_key USING btree (stream_ref)
CREATE UNIQUE INDEX audit_system_stream_pkey ON public.audit_system_stream USING btree (is_only)
CREATE UNIQUE INDEX audit_system_stream_stream_ref_key ON public.audit_system_stream USING btree (stream_ref)
CREATE UNIQUE INDEX audit_tree_pkey ON public.audit_tree USING btree (is_only)
CREATE UNIQUE INDEX batch_idempotency ON public.batch USING btree (created_by, idempotency_key)
CREATE UNIQUE INDEX batch_pkey ON public.batch USING btree (id)
CREATE UNIQUE INDEX batch_stream_ref_key ON public.batch USING btree (stream_ref)
CREATE UNIQUE INDEX copy_batch_id_batch_position_key ON public.copy USING btree (batch_id, batch_position)
CREATE UNIQUE INDEX copy_exam_id_anonymous_id_key ON public.copy USING btree (exam_id, anonymous_id)
CREATE UNIQUE INDEX copy_lock_pkey ON public.copy_lock USING btree (copy_id)
CREATE UNIQUE INDEX copy_of_exam ON public.copy USING btree (id, exam_id)
CREATE UNIQUE INDEX copy_pkey ON public.copy USING btree (id)
CREATE UNIQUE INDEX copy_stream_ref_key ON public.copy USING btree (stream_ref)
CREATE UNIQUE INDEX copy_student_exam_id_account_id_key ON people.copy_student USING btree (exam_id, account_id)
CREATE UNIQUE INDEX copy_student_pkey ON people.copy_student USING btree (copy_id)
CREATE UNIQUE INDEX copy_transition_pkey ON public.copy_transition USING btree (from_status, to_status)
CREATE UNIQUE INDEX erased_blob_key ON public.erased_blob USING btree (copy_id, batch_id, sha256) NULLS NOT DISTINCT
CREATE UNIQUE INDEX exam_marker_pkey ON public.exam_marker USING btree (exam_id, account_id)
CREATE UNIQUE INDEX exam_pkey ON public.exam USING btree (id)
CREATE UNIQUE INDEX exam_stream_ref_key ON public.exam USING btree (stream_ref)
CREATE UNIQUE INDEX grading_result_pkey ON public.grading_result USING btree (copy_id, copy_version)
CREATE UNIQUE INDEX page_copy_id_page_index_key ON public.page USING btree (copy_id, page_index)
CREATE UNIQUE INDEX page_id_key ON public.page USING btree (id)
CREATE UNIQUE INDEX page_operation_pkey ON public.page_operation USING btree (id)
CREATE UNIQUE INDEX page_operation_undoes_key ON public.page_operation USING btree (undoes)
CREATE UNIQUE INDEX page_pkey ON public.page USING btree (batch_id, batch_page_index)
CREATE UNIQUE INDEX queue_pause_pkey ON public.queue_pause USING btree (queue)
CREATE UNIQUE INDEX remark_copy_id_copy_version_rubric_item_id_key ON public.remark USING btree (copy_id, copy_version, rubric_item_id) NULLS NOT DISTINCT
CREATE UNIQUE INDEX rubric_item_exam_id_parent_id_position_key ON public.rubric_item USING btree (exam_id, parent_id, "position") NULLS NOT DISTINCT
CREATE UNIQUE INDEX rubric_item_pkey ON public.rubric_item USING btree (id)
CREATE UNIQUE INDEX schema_migration_pkey ON public.schema_migration USING btree (version)
CREATE UNIQUE INDEX score_pkey ON public.score USING btree (copy_id, copy_version, rubric_item_id)
CREATE UNIQUE INDEX session_pkey ON people.session USING btree (id)
CREATE UNIQUE INDEX session_token_key ON people.session USING btree (token)
CREATE UNIQUE INDEX sign_in_attempt_pkey ON people.sign_in_attempt USING btree (subject)
CREATE UNIQUE INDEX upload_pkey ON public.upload USING btree (id)
CREATE UNIQUE INDEX verification_pkey ON people.verification USING btree (id)

-- triggers
CREATE CONSTRAINT TRIGGER batch_has_its_pages AFTER INSERT OR UPDATE OF page_count ON public.batch DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_batch_pages() [A]
CREATE CONSTRAINT TRIGGER copy_lock_agrees AFTER INSERT OR UPDATE OF status ON public.copy DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_copy_lock() [A]
CREATE CONSTRAINT TRIGGER copy_lock_row_agrees AFTER INSERT OR DELETE ON public.copy_lock DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_copy_lock() [A]
CREATE TRIGGER annotation_is_guarded BEFORE DELETE OR UPDATE ON public.annotation FOR EACH ROW EXECUTE FUNCTION guard_graded_marks() [A]
CREATE TRIGGER annotation_is_of_nobody_erased BEFORE INSERT OR UPDATE ON public.annotation FOR EACH ROW EXECUTE FUNCTION refuse_for_erased_copy() [A]
CREATE TRIGGER audit_checkpoint_is_append_only BEFORE DELETE OR UPDATE ON public.audit_checkpoint FOR EACH ROW EXECUTE FUNCTION refuse_change() [A]
CREATE TRIGGER audit_checkpoint_is_never_emptied BEFORE TRUNCATE ON public.audit_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION refuse_change() [A]
CREATE TRIGGER audit_event_is_append_only BEFORE DELETE OR UPDATE ON public.audit_event FOR EACH ROW EXECUTE FUNCTION refuse_change() [A]
CREATE TRIGGER audit_event_is_never_emptied BEFORE TRUNCATE ON public.audit_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change() [A]
CREATE TRIGGER audit_leaf_is_append_only BEFORE DELETE OR UPDATE ON public.audit_leaf FOR EACH ROW EXECUTE FUNCTION refuse_change() [A]
CREATE TRIGGER audit_leaf_is_never_emptied BEFORE TRUNCATE ON public.audit_leaf FOR EACH STATEMENT EXECUTE FUNCTION refuse_change() [A]
CREATE TRIGGER audit_pending_is_never_altered BEFORE UPDATE ON public.audit_pending FOR EACH ROW EXECUTE FUNCTION refuse_change() [A]
CREATE TRIGGER audit_pending_is_never_emptied BEFORE TRUNCATE ON public.audit_pending FOR EACH STATEMENT EXECUTE FUNCTION refuse_change() [A]
CREATE TRIGGER audit_sealed_is_never_altered BEFORE UPDATE ON public.audit_sealed FOR EACH ROW EXECUTE FUNCTION refuse_change() [A]
CREATE TRIGGER audit_sealed_is_never_emptied BEFORE TRUNCATE ON public.audit_sealed FOR EACH STATEMENT EXECUTE FUNCTION refuse_change() [A]
CREATE TRIGGER audit_signing_is_append_only BEFORE DELETE OR UPDATE ON public.audit_signing FOR EACH ROW EXECUTE FUNCTION refuse_change() [A]
CREATE TRIGGER audit_signing_is_never_emptied BEFORE TRUNCATE ON public.audit_signing FOR EACH STATEMENT EXECUTE FUNCTION refuse_change() [A]
CREATE TRIGGER audit_stream_key_is_never_altered BEFORE UPDATE ON public.audit_stream_key FOR EACH ROW EXECUTE FUNCTION refuse_change() [A]
CREATE TRIGGER audit_stream_key_is_never_emptied BEFORE TRUNCATE ON public.audit_stream_key FOR EACH STATEMENT EXECUTE FUNCTION refuse_change() [A]
CREATE TRIGGER audit_system_stream_is_never_deleted BEFORE DELETE ON public.audit_system_stream FOR EACH ROW EXECUTE FUNCTION refuse_change() [A]
CREATE TRIGGER audit_system_stream_is_never_emptied BEFORE TRUNCATE ON public.audit_system_stream FOR EACH STATEMENT EXECUTE FUNCTION refuse_change() [A]
CREATE TRIGGER audit_tree_is_never_deleted BEFORE DELETE ON public.audit_tree FOR EACH ROW EXECUTE FUNCTION refuse_change() [A]
CREATE TRIGGER audit_tree_is_never_emptied BEFORE TRUNCATE ON public.audit_tree FOR EACH STATEMENT EXECUTE FUNCTION refuse_change() [A]
CREATE TRIGGER audit_tree_never_shrinks BEFORE UPDATE ON public.audit_tree FOR EACH ROW EXECUTE FUNCTION refuse_smaller_tree() [A]
CREATE TRIGGER batch_page_count_is_guarded BEFORE UPDATE OF page_count ON public.batch FOR EACH ROW EXECUTE FUNCTION guard_page_count() [A]
CREATE TRIGGER copy_is_guarded BEFORE INSERT OR UPDATE ON public.copy FOR EACH ROW EXECUTE FUNCTION guard_copy() [A]
CREATE TRIGGER copy_lock_is_of_nobody_erased BEFORE INSERT OR UPDATE ON public.copy_lock FOR EACH ROW EXECUTE FUNCTION refuse_for_erased_copy() [A]
CREATE TRIGGER grading_result_is_guarded BEFORE DELETE OR UPDATE ON public.grading_result FOR EACH ROW EXECUTE FUNCTION guard_graded_marks() [A]
CREATE TRIGGER grading_result_is_of_nobody_erased BEFORE INSERT OR UPDATE ON public.grading_result FOR EACH ROW EXECUTE FUNCTION refuse_for_erased_copy() [A]
CREATE TRIGGER page_is_counted AFTER INSERT ON public.page REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_new_pages() [A]
CREATE TRIGGER page_is_of_nobody_erased BEFORE INSERT OR UPDATE OF copy_id ON public.page FOR EACH ROW EXECUTE FUNCTION refuse_for_erased_copy() [A]
CREATE TRIGGER page_keeps_its_images BEFORE UPDATE OF full_sha256 ON public.page FOR EACH ROW EXECUTE FUNCTION keep_page_images() [A]
CREATE TRIGGER page_places_are_guarded AFTER UPDATE ON public.page REFERENCING OLD TABLE AS before_change NEW TABLE AS after_change FOR EACH STATEMENT EXECUTE FUNCTION check_page_places() [A]
CREATE TRIGGER page_stays BEFORE DELETE OR TRUNCATE ON public.page FOR EACH STATEMENT EXECUTE FUNCTION refuse_page_removal() [A]
CREATE TRIGGER remark_is_guarded BEFORE DELETE OR UPDATE ON public.remark FOR EACH ROW EXECUTE FUNCTION guard_graded_marks() [A]
CREATE TRIGGER remark_is_of_nobody_erased BEFORE INSERT OR UPDATE ON public.remark FOR EACH ROW EXECUTE FUNCTION refuse_for_erased_copy() [A]
CREATE TRIGGER rubric_item_is_guarded BEFORE DELETE OR UPDATE ON public.rubric_item FOR EACH ROW EXECUTE FUNCTION guard_rubric() [O]
CREATE TRIGGER score_is_guarded BEFORE DELETE OR UPDATE ON public.score FOR EACH ROW EXECUTE FUNCTION guard_graded_marks() [A]
CREATE TRIGGER score_is_of_nobody_erased BEFORE INSERT OR UPDATE ON public.score FOR EACH ROW EXECUTE FUNCTION refuse_for_erased_copy() [A]

-- grants
people.account: INSERT, SELECT, UPDATE
people.account_credential: INSERT, SELECT, UPDATE
people.copy_student: DELETE, INSERT, SELECT
people.session: DELETE, INSERT, SELECT, UPDATE
people.sign_in_attempt: DELETE, INSERT, SELECT, UPDATE
public.annotation: DELETE, INSERT, SELECT, UPDATE
public.audit_checkpoint: SELECT
public.audit_event: INSERT, SELECT
public.audit_leaf: SELECT
public.audit_pending: INSERT, SELECT
public.audit_sealed: INSERT, SELECT
public.audit_signing: SELECT
public.audit_spool: INSERT, SELECT
public.audit_stream_key: INSERT, SELECT
public.audit_system_stream: SELECT
public.audit_tree: SELECT
public.batch: INSERT, SELECT
public.blob_use: SELECT
public.copy: INSERT, SELECT
public.copy_lock: DELETE, INSERT, SELECT, UPDATE
public.copy_transition: SELECT
public.exam: INSERT, SELECT
public.exam_marker: INSERT, SELECT
public.grading_result: INSERT, SELECT
public.page: INSERT, SELECT
public.page_operation: INSERT, SELECT
public.queue_pause: DELETE, INSERT, SELECT
public.remark: INSERT, SELECT, UPDATE
public.rubric_item: DELETE, INSERT, SELECT
public.schema_migration: SELECT
public.score: INSERT, SELECT, UPDATE
public.upload: DELETE, INSERT, SELECT, UPDATE
