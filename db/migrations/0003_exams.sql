-- Exams, their rubrics and their markers. Points are integer hundredths throughout.

create table exam (
  id uuid primary key,
  title text not null check (length(title) between 1 and 200),
  stream_ref uuid not null unique default gen_random_uuid(),
  event_seq integer not null default 0,
  -- Whether a copy can be finalized only when every item of the rubric has a score.
  require_all_scores boolean not null default true,
  rubric_version integer not null default 0,
  created_by uuid not null references people.account (id),
  created_at timestamptz not null default now()
);

-- A tree: an item without a parent is a question; only leaves carry points.
create table rubric_item (
  id uuid primary key,
  exam_id uuid not null references exam (id),
  parent_id uuid references rubric_item (id),
  position integer not null check (position >= 0),
  label text not null check (length(label) between 1 and 200),
  max_hundredths integer check (max_hundredths > 0 and max_hundredths <= 100000),
  step_hundredths integer check (step_hundredths in (25, 50, 100)),
  check ((max_hundredths is null) = (step_hundredths is null)),
  check (max_hundredths is null or max_hundredths % step_hundredths = 0),
  unique nulls not distinct (exam_id, parent_id, position)
);
create index rubric_item_exam on rubric_item (exam_id);

create table exam_marker (
  exam_id uuid not null references exam (id),
  account_id uuid not null references people.account (id),
  added_at timestamptz not null default now(),
  primary key (exam_id, account_id)
);
create index exam_marker_account on exam_marker (account_id);

grant select, insert on exam, rubric_item, exam_marker to paraph_app;
grant update (title, event_seq, require_all_scores, rubric_version) on exam to paraph_app;
grant delete on rubric_item to paraph_app;
