-- What a marker says of a question, or of the whole copy, in words. Rows belong to one version of the copy; a reopened
-- copy gets rows of its own.

create table remark (
  copy_id uuid not null references copy (id),
  copy_version integer not null,
  -- Null: of the whole copy.
  rubric_item_id uuid references rubric_item (id),
  -- Null: the marker has taken the remark back; the row keeps its version.
  text text check (length(text) between 1 and 2000),
  version integer not null default 1,
  updated_at timestamptz not null default now(),
  unique nulls not distinct (copy_id, copy_version, rubric_item_id)
);

create trigger remark_is_guarded before update or delete on remark
  for each row execute function guard_graded_marks();
alter table remark enable always trigger remark_is_guarded;
create trigger remark_is_of_nobody_erased before insert or update on remark
  for each row execute function refuse_for_erased_copy();
alter table remark enable always trigger remark_is_of_nobody_erased;

grant select, insert, update on remark to paraph_app;
grant select (copy_id), delete on remark to paraph_eraser;
