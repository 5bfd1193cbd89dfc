-- A failed scan that nobody will replace: an operator says so, and it waits for nobody any more.
alter table batch add column dismissed_at timestamptz;
alter table batch add constraint batch_dismissed_has_failed check (dismissed_at is null or status = 'FAILED');
grant update (dismissed_at) on batch to paraph_app;

-- Who paused a queue, by the reference that events have of an actor; unknown of a pause from before.
alter table queue_pause add column paused_by uuid;
