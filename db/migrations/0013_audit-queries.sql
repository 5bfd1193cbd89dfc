-- Reading the audit log by time alone. The other ways in are indexed since the first migration.
create index audit_event_time on audit_event (occurred_at, id);
-- What failed is a small part of the log, and what is looked for most.
create index audit_event_failure on audit_event (occurred_at, id) where metadata -> 'success' = 'false'::jsonb;
