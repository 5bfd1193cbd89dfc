-- When the holder of a lock last gave a sign of life: tells a tab that is open from a browser that is gone.
alter table copy_lock add column renewed_at timestamptz not null default clock_timestamp();
