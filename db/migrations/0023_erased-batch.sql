-- A scan that came to no copy can be erased by itself: its import failed, or its pages were discarded or never placed.

-- What an erased copy named, or an erased batch, until its files are gone as well.
alter table erased_blob
  drop constraint erased_blob_pkey,
  alter column copy_id drop not null,
  add column batch_id uuid references batch (id),
  add constraint erased_blob_is_of_one check (num_nonnulls(copy_id, batch_id) = 1),
  add constraint erased_blob_key unique nulls not distinct (copy_id, batch_id, sha256);

-- No import begins or goes on without its scan.
alter table batch
  add constraint batch_imports_a_scan check (original_sha256 is not null or status in ('IMPORTED', 'FAILED'));

grant select (exam_id) on batch to paraph_eraser;
