-- Accounts and sessions: the only schema that holds names and e-mail addresses. Other rooms know an account by its
-- `id` (business rows) and by its `actor_ref` (events), never by anything of this schema's own.
-- Columns that tell of a person carry their privacy class as a comment: `personal`, `secret` or `never stored`.
-- The shape of the four tables is the sign-in library's own, compiled from `people/auth.ts` and then hardened;
-- a test checks that the library still finds nothing to add.

create schema people;

create table people.account (
  id uuid primary key default gen_random_uuid(),
  name text not null check (name <> ''),
  -- In lower case, as the library looks it up; so the constraint holds whatever the case somebody typed.
  email text not null unique check (email = lower(email)),
  email_verified boolean not null default false,
  image text check (image is null),
  role text not null check (role in ('admin', 'marker', 'operator', 'auditor', 'student')),
  -- What events call this account as an actor.
  actor_ref uuid not null unique default gen_random_uuid(),
  -- The account's own stream of events, and the number of its newest event.
  stream_ref uuid not null unique default gen_random_uuid(),
  event_seq integer not null default 0 check (event_seq >= 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index account_created_at_idx on people.account (created_at, id);
comment on column people.account.name is 'personal';
comment on column people.account.email is 'personal';
comment on column people.account.image is 'never stored';

-- A way to prove to be an account; so far only a password (provider `credential`).
create table people.account_credential (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null references people.account (id) on delete cascade,
  provider text not null,
  provider_account_id text not null,
  -- Nothing but argon2id may be stored, whoever writes it.
  password text check (password like '$argon2id$%'),
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (provider, provider_account_id)
);
create index account_credential_account_id_idx on people.account_credential (account_id);
comment on column people.account_credential.provider_account_id is 'personal';
comment on column people.account_credential.password is 'secret';
comment on column people.account_credential.access_token is 'secret';
comment on column people.account_credential.refresh_token is 'secret';
comment on column people.account_credential.id_token is 'secret';

-- Who reads a token here can make no cookie of it without the key that signs cookies, yet the table is secret.
create table people.session (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null references people.account (id) on delete cascade,
  token text not null unique,
  ip_address text check (ip_address is null),
  user_agent text check (user_agent is null),
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index session_account_id_idx on people.session (account_id);
create index session_expires_at_idx on people.session (expires_at);
comment on column people.session.token is 'secret';
comment on column people.session.ip_address is 'never stored';
comment on column people.session.user_agent is 'never stored';

-- Asked for by the library; unused, and out of the application's reach, until a flow needs it.
create table people.verification (
  id uuid primary key default gen_random_uuid(),
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index verification_identifier_idx on people.verification (identifier);
comment on column people.verification.identifier is 'personal';
comment on column people.verification.value is 'secret';

-- Sign-ins tried since the last one that succeeded, by address: known and unknown addresses are counted alike, so
-- that a refusal does not tell which addresses exist. The subject is a keyed digest of the address.
create table people.sign_in_attempt (
  subject bytea primary key check (length(subject) = 32),
  attempts integer not null check (attempts >= 1),
  last_at timestamptz not null
);
create index sign_in_attempt_last_at_idx on people.sign_in_attempt (last_at);

grant usage on schema people to paraph_app;
grant select, insert, update on people.account, people.account_credential to paraph_app;
grant select, insert, update, delete on people.session, people.sign_in_attempt to paraph_app;
