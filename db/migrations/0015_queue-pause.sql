-- Queues that an operator has paused: workers take nothing from them. What runs already ends as usual.
create table queue_pause (
  queue text primary key check (queue in ('import-batch', 'finalize-copy')),
  paused_at timestamptz not null default now(),
  reason_code text not null check (reason_code ~ '^[a-z0-9][a-z0-9-]{0,63}$')
);
grant select, insert, delete on queue_pause to paraph_app;

-- A failed import is tried again by another job.
grant update (import_job_id) on batch to paraph_app;
