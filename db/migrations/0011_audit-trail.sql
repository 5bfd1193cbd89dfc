-- From a table of events to a trail that can be proved: the bytes of each event as they were made, authenticated by a
-- key that the database does not hold, put in one order and hashed into a tree.

alter table audit_event
  -- The event itself, encoded once and never again; the other columns are its projection, for queries.
  add column leaf bytea,
  -- Key id and HMAC-SHA256 of the leaf.
  add column mac bytea,
  -- By the clock of the database; occurred_at is the application's, and part of the leaf.
  add column recorded_at timestamptz not null default clock_timestamp(),
  -- Came through the spool, and so behind events that happened after it.
  add column late boolean not null default false;
-- Events from before this migration have none; every later one does.
alter table audit_event add constraint audit_event_leaf_check
  check (leaf is not null and octet_length(leaf) <= 8192 and mac is not null and octet_length(mac) = 36) not valid;
alter table audit_event alter column occurred_at drop default;

-- Sealed members are known by their place in a stream, which is known before the event is written, and no foreign key
-- ties them to it: they are erased on their own.
alter table audit_sealed disable trigger audit_sealed_is_never_altered;
alter table audit_sealed add column stream_ref uuid, add column seq integer;
update audit_sealed s set stream_ref = e.stream_ref, seq = e.seq from audit_event e where e.id = s.event_id;
alter table audit_sealed drop column event_id;
alter table audit_sealed add primary key (stream_ref, seq, field);
alter table audit_sealed enable always trigger audit_sealed_is_never_altered;

-- The key that a stream's sealed members lie under, wrapped by a master key that the database does not hold.
create table audit_stream_key (
  stream_ref uuid primary key,
  -- Tells one key of a stream from another; made anew with the key.
  key_ref uuid not null,
  wrapped bytea not null
);

-- The place of the events that belong to no copy, batch, exam or account.
create table audit_system_stream (
  is_only boolean primary key default true check (is_only),
  stream_ref uuid not null unique default gen_random_uuid(),
  event_seq integer not null default 0 check (event_seq >= 0)
);
insert into audit_system_stream default values;

-- What is committed and not in the tree yet. The set is the state: nothing to skip, nothing to time out.
create table audit_pending (event_id bigint primary key)
  with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
        autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 5000);

-- Where an event goes when audit_event refuses it. Without index, constraint or trigger, so that little can fail here.
create table audit_spool (
  id bigint generated always as identity,
  leaf bytea not null,
  mac bytea not null,
  -- The sealed members, under a key of their own that is wrapped beside them.
  sealed bytea,
  spooled_at timestamptz not null default clock_timestamp()
);

-- The Merkle tree (RFC 6962): how far it has grown, and which event is which leaf.
create table audit_tree (
  is_only boolean primary key default true check (is_only),
  size bigint not null check (size >= 0),
  frontier bytea not null,
  root bytea not null check (octet_length(root) = 32)
);
insert into audit_tree (size, frontier, root) values (0, '', sha256(''));

create table audit_leaf (
  leaf_index bigint primary key check (leaf_index >= 0),
  event_id bigint not null unique,
  leaf_hash bytea not null check (octet_length(leaf_hash) = 32),
  -- The entry in the place of an event that failed its checks.
  quarantine bytea
);

-- What the signer was about to sign, written before it signs: never another root for the same size.
create table audit_signing (
  size bigint primary key check (size >= 0),
  root bytea not null check (octet_length(root) = 32),
  recorded_at timestamptz not null default clock_timestamp()
);
-- Checkpoints as they were published, with the cosignatures there were.
create table audit_checkpoint (
  id bigint generated always as identity primary key,
  size bigint not null references audit_signing (size),
  note text not null,
  published_at timestamptz not null default clock_timestamp()
);
create index audit_checkpoint_size on audit_checkpoint (size, id);

create function refuse_smaller_tree() returns trigger language plpgsql as $$
begin
  if new.size < old.size then
    raise exception 'a tree never shrinks' using errcode = 'check_violation', constraint = 'audit_tree_never_shrinks', table = tg_table_name;
  end if;
  return new;
end
$$;
create trigger audit_tree_never_shrinks before update on audit_tree
  for each row execute function refuse_smaller_tree();
alter table audit_tree enable always trigger audit_tree_never_shrinks;

do $$
declare name text;
begin
  foreach name in array array['audit_leaf', 'audit_signing', 'audit_checkpoint'] loop
    execute format('create trigger %I before update or delete on %I for each row execute function refuse_change()',
      name || '_is_append_only', name);
    execute format('alter table %I enable always trigger %I', name, name || '_is_append_only');
  end loop;
  foreach name in array array['audit_pending', 'audit_stream_key'] loop
    execute format('create trigger %I before update on %I for each row execute function refuse_change()',
      name || '_is_never_altered', name);
    execute format('alter table %I enable always trigger %I', name, name || '_is_never_altered');
  end loop;
  foreach name in array array['audit_tree', 'audit_system_stream'] loop
    execute format('create trigger %I before delete on %I for each row execute function refuse_change()',
      name || '_is_never_deleted', name);
    execute format('alter table %I enable always trigger %I', name, name || '_is_never_deleted');
  end loop;
  foreach name in array array['audit_leaf', 'audit_signing', 'audit_checkpoint', 'audit_pending', 'audit_stream_key',
                              'audit_sealed', 'audit_tree', 'audit_system_stream'] loop
    execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()',
      name || '_is_never_emptied', name);
    execute format('alter table %I enable always trigger %I', name, name || '_is_never_emptied');
  end loop;
end
$$;

-- The application appends, and reads.
grant insert on audit_pending, audit_spool, audit_stream_key to paraph_app;
grant update (event_seq) on audit_system_stream to paraph_app;
grant select on audit_pending, audit_spool, audit_stream_key, audit_system_stream, audit_tree, audit_leaf,
  audit_signing, audit_checkpoint to paraph_app;

-- The integrator grows the tree and brings in what was spooled; it sees no business table.
grant usage on schema public to paraph_integrator, paraph_eraser;
grant select on audit_event, audit_sealed, audit_pending, audit_spool, audit_stream_key, audit_system_stream,
  audit_tree, audit_leaf, audit_signing, audit_checkpoint to paraph_integrator;
grant insert on audit_event, audit_sealed, audit_stream_key, audit_pending, audit_leaf, audit_signing,
  audit_checkpoint to paraph_integrator;
grant delete on audit_pending, audit_spool to paraph_integrator;
grant update (size, frontier, root) on audit_tree to paraph_integrator;

-- The eraser destroys sealed members and the keys of streams, and says so in an event.
grant select on audit_event, audit_sealed, audit_pending, audit_spool, audit_stream_key, audit_system_stream,
  audit_tree, audit_leaf, audit_signing, audit_checkpoint to paraph_eraser;
grant insert on audit_event, audit_pending, audit_spool, audit_sealed, audit_stream_key to paraph_eraser;
grant delete on audit_sealed, audit_stream_key to paraph_eraser;
grant update (event_seq) on audit_system_stream to paraph_eraser;
