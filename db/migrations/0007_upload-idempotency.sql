-- An upload sent again under the same Idempotency-Key is the same upload.
alter table batch add column idempotency_key text check (idempotency_key ~ '^[A-Za-z0-9._:-]{8,128}$');
create unique index batch_idempotency on batch (created_by, idempotency_key);
