-- Batches of scans, the copies cut from them, and every scanned page.

-- One uploaded PDF. The original is kept untouched, named by the hash of its content.
create table batch (
  id uuid primary key,
  exam_id uuid not null references exam (id),
  stream_ref uuid not null unique default gen_random_uuid(),
  event_seq integer not null default 0,
  status text not null default 'UPLOADED' check (status in ('UPLOADED', 'IMPORTING', 'IMPORTED', 'FAILED')),
  original_sha256 text not null check (original_sha256 ~ '^[0-9a-f]{64}$'),
  size_bytes bigint not null check (size_bytes > 0),
  -- Encrypted: scans are often named after a pupil.
  file_name_sealed bytea not null,
  -- Null: the whole file is one copy. Otherwise the stack is cut every so many pages.
  pages_per_copy integer check (pages_per_copy between 1 and 500),
  page_count integer check (page_count > 0),
  pages_done integer not null default 0,
  error_code text check (error_code ~ '^[a-z0-9-]{1,64}$'),
  check ((status = 'FAILED') = (error_code is not null)),
  import_job_id uuid,
  import_started_at timestamptz,
  created_by uuid not null references people.account (id),
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
create index batch_exam on batch (exam_id, created_at);

create table copy (
  id uuid primary key,
  exam_id uuid not null references exam (id),
  batch_id uuid not null references batch (id),
  batch_position integer not null check (batch_position >= 1),
  anonymous_id text not null,
  stream_ref uuid not null unique default gen_random_uuid(),
  event_seq integer not null default 0,
  status text not null default 'STAGING'
    check (status in ('STAGING', 'READY', 'LOCKED', 'GRADING_IN_PROGRESS', 'GRADED', 'GRADING_FAILED')),
  version integer not null default 1 check (version >= 1),
  status_changed_at timestamptz not null default now(),
  assigned_marker_id uuid references people.account (id),
  -- The scan of this copy alone, once imported.
  original_sha256 text check (original_sha256 ~ '^[0-9a-f]{64}$'),
  finalize_job_id uuid,
  finalize_attempt integer,
  created_at timestamptz not null default now(),
  unique (exam_id, anonymous_id),
  unique (batch_id, batch_position),
  check ((status = 'GRADING_IN_PROGRESS') = (finalize_job_id is not null))
);
create index copy_exam_status on copy (exam_id, status);
create index copy_status on copy (status, status_changed_at);
create index copy_marker on copy (assigned_marker_id, status);

-- Every page of every scan. A page with a copy is filed; one without is unresolved, and blocks its batch.
create table page (
  batch_id uuid not null references batch (id),
  batch_page_index integer not null check (batch_page_index >= 0),
  copy_id uuid references copy (id),
  page_index integer check (page_index >= 0),
  check ((copy_id is null) = (page_index is null)),
  full_sha256 text not null,
  full_media_type text not null,
  screen_sha256 text not null,
  screen_media_type text not null,
  thumbnail_sha256 text not null,
  thumbnail_media_type text not null,
  width_px integer not null check (width_px > 0),
  height_px integer not null check (height_px > 0),
  is_blank boolean not null,
  renders_empty boolean not null,
  primary key (batch_id, batch_page_index),
  unique (copy_id, page_index)
);

-- The lease on a copy: this row is the only truth about who may write.
create table copy_lock (
  copy_id uuid primary key references copy (id),
  token uuid not null,
  holder_id uuid not null references people.account (id),
  holder_ref uuid not null,
  acquired_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index copy_lock_expiry on copy_lock (expires_at);

-- What grading gave, one row for each version of a copy; never changed afterwards.
create table grading_result (
  copy_id uuid not null references copy (id),
  copy_version integer not null,
  final_score_hundredths integer not null check (final_score_hundredths >= 0),
  marked_sha256 text not null check (marked_sha256 ~ '^[0-9a-f]{64}$'),
  marked_pages integer not null check (marked_pages >= 1),
  marked_sheet_pages integer not null check (marked_sheet_pages >= 1),
  graded_at timestamptz not null default clock_timestamp(),
  primary key (copy_id, copy_version)
);

-- The legal moves of a copy. The same table stands in src/copies/status.ts; a test compares the two.
create table copy_transition (
  from_status text not null,
  to_status text not null,
  primary key (from_status, to_status)
);
insert into copy_transition values
  ('STAGING', 'READY'),
  ('READY', 'STAGING'),
  ('READY', 'LOCKED'),
  ('LOCKED', 'READY'),
  ('LOCKED', 'GRADING_IN_PROGRESS'),
  ('GRADING_IN_PROGRESS', 'GRADED'),
  ('GRADING_IN_PROGRESS', 'GRADING_FAILED'),
  ('GRADING_FAILED', 'GRADING_IN_PROGRESS'),
  ('GRADING_FAILED', 'READY'),
  ('GRADED', 'READY');

-- A copy begins in STAGING, moves by the table only, never moves without an event, and never forgets one.
create function guard_copy() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if new.status <> 'STAGING' then
      raise exception 'a copy begins in STAGING' using errcode = 'check_violation', constraint = 'copy_begins_in_staging';
    end if;
    return new;
  end if;
  if new.event_seq < old.event_seq or new.stream_ref <> old.stream_ref or new.id <> old.id
     or new.exam_id <> old.exam_id or new.batch_id <> old.batch_id then
    raise exception 'identity of a copy' using errcode = 'check_violation', constraint = 'copy_identity';
  end if;
  if new.status <> old.status then
    if not exists (select from copy_transition t where t.from_status = old.status and t.to_status = new.status) then
      raise exception 'illegal transition' using errcode = 'check_violation', constraint = 'copy_transition_is_legal';
    end if;
    if new.event_seq = old.event_seq then
      raise exception 'a move without an event' using errcode = 'check_violation', constraint = 'copy_move_has_event';
    end if;
    if new.status = 'GRADED' and not exists (
      select from grading_result r where r.copy_id = new.id and r.copy_version = new.version
    ) then
      raise exception 'GRADED without a result' using errcode = 'check_violation', constraint = 'copy_graded_has_result';
    end if;
    new.status_changed_at := clock_timestamp();
  end if;
  if new.version <> old.version
     and not (old.status = 'GRADED' and new.status = 'READY' and new.version = old.version + 1) then
    raise exception 'version of a copy' using errcode = 'check_violation', constraint = 'copy_version_grows_by_reopening';
  end if;
  return new;
end
$$;
create trigger copy_is_guarded before insert or update on copy for each row execute function guard_copy();
alter table copy enable always trigger copy_is_guarded;

-- LOCKED if and only if there is a lease, judged when the transaction commits.
create function check_copy_lock() returns trigger language plpgsql as $$
declare
  subject uuid;
begin
  -- One branch at a time: a row of one table has no field of the other's.
  if tg_table_name = 'copy' then
    subject := new.id;
  elsif tg_op = 'DELETE' then
    subject := old.copy_id;
  else
    subject := new.copy_id;
  end if;
  if exists (
    select from copy c left join copy_lock l on l.copy_id = c.id
     where c.id = subject and (c.status = 'LOCKED') <> (l.copy_id is not null)
  ) then
    raise exception 'status and lease disagree' using errcode = 'check_violation', constraint = 'copy_locked_means_lease';
  end if;
  return null;
end
$$;
create constraint trigger copy_lock_agrees after insert or update of status on copy
  deferrable initially deferred for each row execute function check_copy_lock();
create constraint trigger copy_lock_row_agrees after insert or delete on copy_lock
  deferrable initially deferred for each row execute function check_copy_lock();
alter table copy enable always trigger copy_lock_agrees;
alter table copy_lock enable always trigger copy_lock_row_agrees;

grant select, insert, update on batch, copy to paraph_app;
grant select, insert on page to paraph_app;
grant update (copy_id, page_index) on page to paraph_app;
grant delete on page to paraph_app;
grant select, insert, update, delete on copy_lock to paraph_app;
grant select on copy_transition to paraph_app;
grant select, insert on grading_result to paraph_app;
