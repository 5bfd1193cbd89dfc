-- The audit log: events are inserted by the application and never changed or removed by anybody.
-- No foreign key leads to a business row, so that no cascade can ever reach an event.

create table audit_event (
  id bigint generated always as identity primary key,
  stream_kind text not null check (stream_kind in ('copy', 'batch', 'exam', 'account', 'system')),
  stream_ref uuid not null,
  seq integer not null check (seq >= 1),
  action text not null check (action ~ '^[A-Z_]{2,40}$'),
  actor_kind text not null check (actor_kind in ('user', 'operator', 'system')),
  actor_ref uuid check ((actor_ref is null) = (actor_kind = 'system')),
  exam_ref uuid,
  request_id text not null check (request_id ~ '^[A-Za-z0-9._-]{8,64}$'),
  occurred_at timestamptz not null default clock_timestamp(),
  -- Clear members only: page numbers, counts, random ids, closed words.
  metadata jsonb not null check (jsonb_typeof(metadata) = 'object'),
  unique (stream_ref, seq)
);
create index audit_event_actor on audit_event (actor_ref, id);
create index audit_event_request on audit_event (request_id);
create index audit_event_exam on audit_event (exam_ref, action, id);

-- Members of the metadata that may tell of a person (file name, score, notes): encrypted, erasable on their own.
create table audit_sealed (
  event_id bigint not null references audit_event (id),
  field text not null,
  sealed bytea not null,
  primary key (event_id, field)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'append-only table' using errcode = 'insufficient_privilege', table = tg_table_name;
end
$$;

create trigger audit_event_is_append_only before update or delete on audit_event
  for each row execute function refuse_change();
create trigger audit_event_is_never_emptied before truncate on audit_event
  for each statement execute function refuse_change();
-- ALWAYS: they fire even under session_replication_role = replica.
alter table audit_event enable always trigger audit_event_is_append_only;
alter table audit_event enable always trigger audit_event_is_never_emptied;

create trigger audit_sealed_is_never_altered before update on audit_sealed
  for each row execute function refuse_change();
alter table audit_sealed enable always trigger audit_sealed_is_never_altered;

grant select, insert on audit_event, audit_sealed to paraph_app;
grant select on schema_migration to paraph_app;
