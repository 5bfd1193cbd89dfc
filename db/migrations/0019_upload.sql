-- Uploads that arrive in parts. The bytes lie in the work folder under the id, which is random; this row is all that is
-- said of them. It goes at its end of time, whether the upload was finished or not.
create table upload (
  id uuid primary key,
  exam_id uuid not null references exam (id),
  owner_id uuid not null references people.account (id),
  size_bytes bigint not null check (size_bytes > 0),
  -- Encrypted: scans are often named after a pupil. Null once the batch has the name.
  file_name_sealed bytea,
  -- How the scan is to be imported, as the address of a single-request upload says it.
  options jsonb not null,
  -- What the sender says that the whole is.
  declared_sha256 text check (declared_sha256 ~ '^[0-9a-f]{64}$'),
  -- What the whole is; said before it moves from the work folder to the stored files.
  sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
  batch_id uuid references batch (id),
  check ((batch_id is null) = (file_name_sealed is not null)),
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null
);
create index upload_owner on upload (owner_id, created_at);
create index upload_expiry on upload (expires_at);

grant select, insert, update, delete on upload to paraph_app;
