-- An event, its sealed members and its place in the queue of the tree, in one call: PostgreSQL keeps the plans of a
-- function for each connection, where a statement with its values in it is planned every time.
--
-- It runs with the rights of who calls it. `own_key_ref` is null for an event without sealed members; `wrapped` is null
-- for a stream that has its key. The audit log waits for a lock no longer than the function is set to: then the event
-- takes another way.
create function append_audit_event(
  stream_kind text, stream_ref uuid, seq integer, action text, actor_kind text, actor_ref uuid, exam_ref uuid,
  request_id text, occurred_at timestamptz, metadata jsonb, leaf bytea, mac bytea, late boolean,
  own_key_ref uuid, wrapped bytea, fields text[], members bytea[]
) returns void language plpgsql set lock_timeout = '200ms' as $$
#variable_conflict use_variable
declare event bigint;
begin
  insert into public.audit_event (stream_kind, stream_ref, seq, action, actor_kind, actor_ref, exam_ref, request_id,
                                  occurred_at, metadata, leaf, mac, late)
  values (stream_kind, stream_ref, seq, action, actor_kind, actor_ref, exam_ref, request_id, occurred_at, metadata,
          leaf, mac, late)
  returning id into event;
  if own_key_ref is not null then
    if wrapped is not null then
      insert into public.audit_stream_key (stream_ref, key_ref, wrapped) values (stream_ref, own_key_ref, wrapped)
      on conflict do nothing;
    end if;
    -- Under a key that is no longer the stream's nobody would open the members.
    perform 1 from public.audit_stream_key k where k.stream_ref = append_audit_event.stream_ref and k.key_ref = own_key_ref;
    if not found then
      raise exception 'another key' using errcode = 'foreign_key_violation', constraint = 'audit_sealed_key', table = 'audit_sealed';
    end if;
    insert into public.audit_sealed (stream_ref, seq, field, sealed)
    select stream_ref, seq, m.field, m.sealed from unnest(fields, members) as m (field, sealed);
  end if;
  insert into public.audit_pending (event_id) values (event);
end
$$;
revoke all on function append_audit_event from public;
grant execute on function append_audit_event to paraph_app, paraph_integrator, paraph_eraser;
