-- Students read their marked copies once the exam is released to them.

alter table exam
  -- Since when students may read their graded copies; null: not, or no longer.
  add column released_at timestamptz,
  -- Grows with every release and every withdrawal, so that nobody undoes unawares what a colleague has just done.
  add column release_version integer not null default 0 check (release_version >= 0);

grant update (released_at, release_version) on exam to paraph_app;

-- Of a pair that names the exam as well, the table below can demand that it is true.
alter table copy add constraint copy_of_exam unique (id, exam_id);

-- Whose copy it is: the only place that tells. A copy is of one student, and a student has one copy of an exam.
create table people.copy_student (
  copy_id uuid primary key,
  exam_id uuid not null,
  account_id uuid not null references people.account (id) on delete cascade,
  linked_at timestamptz not null default now(),
  foreign key (copy_id, exam_id) references public.copy (id, exam_id),
  unique (exam_id, account_id)
);
create index copy_student_account on people.copy_student (account_id);

grant select, insert, delete on people.copy_student to paraph_app;

-- To erase the person of a copy is also to forget whose it was.
grant usage on schema people to paraph_eraser;
grant select (copy_id), delete on people.copy_student to paraph_eraser;
