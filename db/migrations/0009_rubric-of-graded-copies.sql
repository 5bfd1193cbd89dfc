-- A rubric stays as it is while a copy is graded, or being graded, by it: also when that copy has no score at all.
create function guard_rubric() returns trigger language plpgsql as $$
begin
  if exists (
    select from copy where exam_id = old.exam_id and status in ('GRADING_IN_PROGRESS', 'GRADED', 'GRADING_FAILED')
  ) then
    raise exception 'rubric in use' using errcode = 'foreign_key_violation', constraint = 'rubric_in_use';
  end if;
  return old;
end
$$;
create trigger rubric_item_is_guarded before update or delete on rubric_item
  for each row execute function guard_rubric();
