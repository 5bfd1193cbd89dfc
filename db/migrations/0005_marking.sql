-- What a marker lays on a copy. Rows belong to one version of the copy; a reopened copy gets rows of its own.

create table annotation (
  id uuid primary key,
  copy_id uuid not null references copy (id),
  copy_version integer not null,
  page_index integer not null check (page_index >= 0),
  kind text not null check (kind in ('comment', 'highlight', 'tick')),
  -- Fractions of the upright page, origin top left.
  x double precision not null check (x >= 0 and x <= 1),
  y double precision not null check (y >= 0 and y <= 1),
  width double precision not null check (width >= 0 and x + width <= 1.0000001),
  height double precision not null check (height >= 0 and y + height <= 1.0000001),
  text text check (length(text) <= 4000),
  check ((kind = 'comment') = (text is not null)),
  points_hundredths integer,
  version integer not null default 1,
  created_by uuid not null references people.account (id),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index annotation_copy on annotation (copy_id, copy_version, page_index);

create table score (
  copy_id uuid not null references copy (id),
  copy_version integer not null,
  rubric_item_id uuid not null references rubric_item (id),
  -- Null: the marker has taken the score back; the row keeps its version.
  points_hundredths integer check (points_hundredths >= 0),
  version integer not null default 1,
  updated_at timestamptz not null default now(),
  primary key (copy_id, copy_version, rubric_item_id)
);

grant select, insert, update, delete on annotation to paraph_app;
grant select, insert, update on score to paraph_app;
