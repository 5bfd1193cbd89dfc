-- Forgetting a copy's person. The copy stays, as a place in its batch and in the log; what it held does not.

alter table copy
  add column erased_at timestamptz,
  add constraint copy_erased_is_empty
    check (erased_at is null or (original_sha256 is null and status not in ('LOCKED', 'GRADING_IN_PROGRESS')));

-- The scan holds the pages of all its copies, and its name may tell of any of them: it goes with the first.
alter table batch
  alter column original_sha256 drop not null,
  alter column file_name_sealed drop not null,
  add constraint batch_forgets_its_scan_whole
    check (num_nonnulls(original_sha256, file_name_sealed) = 2
           or num_nonnulls(original_sha256, file_name_sealed, idempotency_key) = 0);

-- A page is counted for ever; its images are not kept for ever.
alter table page
  alter column full_sha256 drop not null,
  alter column screen_sha256 drop not null,
  alter column thumbnail_sha256 drop not null,
  add constraint page_forgets_its_images_whole
    check (num_nonnulls(full_sha256, screen_sha256, thumbnail_sha256) in (0, 3));

create or replace view blob_use (sha256) as
  select original_sha256 from batch where original_sha256 is not null
  union all select original_sha256 from copy where original_sha256 is not null
  union all select full_sha256 from page where full_sha256 is not null
  union all select screen_sha256 from page where screen_sha256 is not null
  union all select thumbnail_sha256 from page where thumbnail_sha256 is not null
  union all select marked_sha256 from grading_result;

-- What an erased copy named, until its files are gone as well: so that whoever finishes the work knows them.
create table erased_blob (
  copy_id uuid not null references copy (id),
  sha256 text not null,
  primary key (copy_id, sha256)
);

-- As before, and: what is erased stays so, and nothing is erased without an event.
create or replace function guard_copy() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if new.status <> 'STAGING' or new.erased_at is not null then
      raise exception 'a copy begins in STAGING' using errcode = 'check_violation', constraint = 'copy_begins_in_staging';
    end if;
    return new;
  end if;
  if old.erased_at is not null and new is distinct from old then
    raise exception 'an erased copy' using errcode = 'check_violation', constraint = 'copy_is_erased';
  end if;
  if new.event_seq < old.event_seq or new.stream_ref <> old.stream_ref or new.id <> old.id
     or new.exam_id <> old.exam_id or new.batch_id <> old.batch_id then
    raise exception 'identity of a copy' using errcode = 'check_violation', constraint = 'copy_identity';
  end if;
  if new.erased_at is not null and old.erased_at is null then
    if new.status <> old.status or new.version <> old.version then
      raise exception 'a move while erasing' using errcode = 'check_violation', constraint = 'copy_is_erased';
    end if;
    -- A copy that comes back with a restored backup may have its event already.
    if new.event_seq = old.event_seq and not exists (
      select from audit_event e where e.stream_ref = new.stream_ref and e.action = 'ERASE'
    ) then
      raise exception 'an erasure without an event' using errcode = 'check_violation', constraint = 'copy_erasure_has_event';
    end if;
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
  -- The version grows by one when GRADED is left, then and only then.
  if new.version <> old.version + (old.status = 'GRADED' and new.status = 'READY')::int then
    raise exception 'version of a copy' using errcode = 'check_violation', constraint = 'copy_version_grows_by_reopening';
  end if;
  return new;
end
$$;

-- As before, except that marks of every version go with the copy's person. Results too, and for no other reason.
create or replace function guard_graded_marks() returns trigger language plpgsql as $$
declare
  subject record;
begin
  select version, erased_at into subject from copy where id = old.copy_id;
  if tg_op = 'DELETE' and subject.erased_at is not null then
    return old;
  end if;
  if old.copy_version <> subject.version or tg_table_name = 'grading_result' then
    raise exception 'what was graded' using errcode = 'check_violation', constraint = 'graded_marks_stay', table = tg_table_name;
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end
$$;
create trigger grading_result_is_guarded before update or delete on grading_result
  for each row execute function guard_graded_marks();
alter table grading_result enable always trigger grading_result_is_guarded;

-- The copy is locked first: an erasure under way is waited for, and then seen.
create function refuse_for_erased_copy() returns trigger language plpgsql as $$
declare
  subjects uuid[] := array[new.copy_id];
  subject record;
begin
  if tg_op = 'UPDATE' then
    subjects := subjects || old.copy_id;
  end if;
  for subject in select erased_at from copy where id = any(subjects) for share loop
    if subject.erased_at is not null then
      raise exception 'an erased copy' using errcode = 'check_violation', constraint = 'copy_is_erased', table = tg_table_name;
    end if;
  end loop;
  return new;
end
$$;
create trigger page_is_of_nobody_erased before insert or update of copy_id on page
  for each row execute function refuse_for_erased_copy();
alter table page enable always trigger page_is_of_nobody_erased;
do $$
declare name text;
begin
  foreach name in array array['annotation', 'score', 'grading_result', 'copy_lock'] loop
    execute format('create trigger %I before insert or update on %I for each row execute function refuse_for_erased_copy()',
      name || '_is_of_nobody_erased', name);
    execute format('alter table %I enable always trigger %I', name, name || '_is_of_nobody_erased');
  end loop;
end
$$;

-- Only the eraser erases.
revoke update on copy, batch from paraph_app;
grant update (event_seq, status, version, assigned_marker_id, original_sha256, finalize_job_id, finalize_attempt,
              finalize_attempt_started_at) on copy to paraph_app;
grant update (event_seq, status, page_count, pages_done, error_code, import_started_at, finished_at) on batch to paraph_app;

-- It sees which rows are the copy's, and not what they say.
grant select on copy, erased_blob, blob_use, schema_migration to paraph_eraser;
grant select (id, stream_ref) on exam to paraph_eraser;
grant select (id, status, original_sha256, import_started_at) on batch to paraph_eraser;
grant select (batch_id, copy_id, full_sha256, screen_sha256, thumbnail_sha256) on page to paraph_eraser;
grant select (copy_id, copy_version, marked_sha256) on grading_result to paraph_eraser;
grant select (copy_id) on annotation, score to paraph_eraser;
grant update (erased_at, original_sha256, event_seq) on copy to paraph_eraser;
grant update (original_sha256, file_name_sealed, idempotency_key) on batch to paraph_eraser;
grant update (full_sha256, screen_sha256, thumbnail_sha256) on page to paraph_eraser;
grant delete on annotation, score, grading_result to paraph_eraser;
grant insert, delete on erased_blob to paraph_eraser;
