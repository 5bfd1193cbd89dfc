-- When the running attempt of a finalization began; empty once it has ended, so that one that died with its worker shows.
alter table copy add column finalize_attempt_started_at timestamptz;

-- A page is never deleted by the application: it is filed, discarded or unresolved.
revoke delete on page from paraph_app;

-- What was graded stays as it was: annotations and scores of an earlier version are never changed or removed.
create function guard_graded_marks() returns trigger language plpgsql as $$
begin
  if old.copy_version <> (select version from copy where id = old.copy_id) then
    raise exception 'an earlier version' using errcode = 'check_violation', constraint = 'graded_marks_stay', table = tg_table_name;
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end
$$;
create trigger annotation_is_guarded before update or delete on annotation
  for each row execute function guard_graded_marks();
create trigger score_is_guarded before update or delete on score
  for each row execute function guard_graded_marks();
alter table annotation enable always trigger annotation_is_guarded;
alter table score enable always trigger score_is_guarded;

-- As before, and: GRADED is left only as a new version.
create or replace function guard_copy() returns trigger language plpgsql as $$
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
  -- The version grows by one when GRADED is left, then and only then.
  if new.version <> old.version + (old.status = 'GRADED' and new.status = 'READY')::int then
    raise exception 'version of a copy' using errcode = 'check_violation', constraint = 'copy_version_grows_by_reopening';
  end if;
  return new;
end
$$;
