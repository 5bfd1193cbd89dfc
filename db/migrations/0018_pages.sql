-- Each scanned page is a row from the moment its scan is opened, and stays one: filed in a copy, discarded for a reason,
-- or unresolved. People put them right until their copy is READY.

-- How the sheets of an exam are coded, and what the codes of this exam begin with; tried on a sample before it is used.
alter table exam
  add column code_pattern text check (char_length(code_pattern) <= 64),
  add column code_exam text,
  add constraint exam_code_needs_its_pattern check (code_pattern is not null or code_exam is null);

alter table batch
  -- How the scan becomes copies: as one, every so many pages, or by the codes on the first page or on all of them.
  add column split text not null default 'one-copy' check (split in ('one-copy', 'fixed', 'code-first', 'code-every')),
  add column code_pattern text,
  -- The engine had to rebuild the index of the file.
  add column repaired boolean not null default false,
  -- The highest page number that a code of this scan names: what each copy of it should have.
  add column pages_expected integer check (pages_expected > 0),
  -- Attempts in a row that read no page more than the one before, and how many were read when the last one began.
  add column stalled_attempts integer not null default 0,
  add column pages_at_start integer not null default 0;
update batch set split = 'fixed' where pages_per_copy is not null;
-- So far only the end of an import wrote pages.
update batch b set page_count = null where not exists (select from page p where p.batch_id = b.id);
alter table batch
  drop column pages_done,
  add constraint batch_is_split_as_it_says
    check ((split = 'fixed') = (pages_per_copy is not null) and (split not in ('code-first', 'code-every') or code_pattern is not null));

alter table page
  add column id uuid not null default gen_random_uuid() unique,
  add column version integer not null default 1,
  -- Clockwise, beside what the scan says itself; and the turn that its images were made with.
  add column turn smallint not null default 0 check (turn in (0, 90, 180, 270)),
  add column image_turn smallint not null default 0 check (image_turn in (0, 90, 180, 270)),
  -- By its code, or by a person who has seen the sheet.
  add column page_number integer check (page_number between 1 and 9999),
  add column copy_code text,
  add column read_path text,
  add column read_reason text,
  add column scan_dpi integer,
  add column fingerprint text,
  add column flags jsonb not null default '[]',
  -- Why it could not be read, and how often the engine was lost over it.
  add column error_code text check (error_code ~ '^[a-z0-9-]{1,64}$'),
  add column faults smallint not null default 0,
  add column discarded_at timestamptz,
  add column discard_reason text,
  -- The copy that it was in last: who is erased is forgotten there too.
  add column former_copy_id uuid references copy (id),
  add constraint page_has_one_place check (copy_id is null or discarded_at is null),
  add constraint page_is_discarded_for_a_reason check ((discarded_at is null) = (discard_reason is null));
update page set flags = jsonb_build_array(jsonb_build_object('kind', 'blank', 'confidence', 1)) where is_blank;
update page set flags = flags || jsonb_build_object('kind', 'renders-empty', 'confidence', 1) where renders_empty;
alter table page
  drop column is_blank,
  drop column renders_empty,
  alter column full_media_type drop not null,
  alter column screen_media_type drop not null,
  alter column thumbnail_media_type drop not null,
  alter column width_px drop not null,
  alter column height_px drop not null,
  drop constraint page_copy_id_page_index_key,
  -- Looked at when a statement ends: two pages may change places in one.
  add constraint page_copy_id_page_index_key unique (copy_id, page_index) deferrable initially immediate;
create index page_former_copy on page (former_copy_id) where former_copy_id is not null;

alter table copy
  -- Grows with every change of its pages; and the PDF that was made of which of them.
  add column pages_version integer not null default 1,
  add column prepared_version integer,
  add column prepared_sha256 text check (prepared_sha256 ~ '^[0-9a-f]{64}$');
update copy set prepared_version = 1, prepared_sha256 = original_sha256 where original_sha256 is not null;
alter table copy
  drop constraint copy_erased_is_empty,
  add constraint copy_erased_is_empty
    check (erased_at is null or (num_nonnulls(original_sha256, prepared_sha256) = 0
                                 and status not in ('LOCKED', 'GRADING_IN_PROGRESS')));
create index copy_prepared on copy (prepared_sha256);

create or replace view blob_use (sha256) as
  select original_sha256 from batch where original_sha256 is not null
  union all select original_sha256 from copy where original_sha256 is not null
  union all select prepared_sha256 from copy where prepared_sha256 is not null
  union all select full_sha256 from page where full_sha256 is not null
  union all select screen_sha256 from page where screen_sha256 is not null
  union all select thumbnail_sha256 from page where thumbnail_sha256 is not null
  union all select marked_sha256 from grading_result;

-- What somebody did to pages, with their places before and after it, so that it can be undone.
create table page_operation (
  id uuid primary key,
  exam_id uuid not null references exam (id),
  kind text not null check (kind ~ '^[a-z-]{1,32}$'),
  made_by uuid not null references people.account (id),
  made_at timestamptz not null default clock_timestamp(),
  before jsonb not null,
  after jsonb not null,
  undoes uuid unique references page_operation (id)
);
create index page_operation_exam on page_operation (exam_id, made_at);

-- Pages scanned = pages filed + pages discarded + pages unresolved: a page has one place, is counted once, and stays.
create function guard_page_count() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.page_count is not null and new.page_count is distinct from old.page_count then
    raise exception 'pages of a scan' using errcode = 'check_violation', constraint = 'batch_page_count_stays', table = 'batch';
  end if;
  return new;
end
$$;
create trigger batch_page_count_is_guarded before update of page_count on batch
  for each row execute function guard_page_count();
alter table batch enable always trigger batch_page_count_is_guarded;

create function check_batch_pages() returns trigger language plpgsql as $$
begin
  if new.page_count is not null
     and new.page_count <> (select count(*) from page p where p.batch_id = new.id) then
    raise exception 'pages of a scan' using errcode = 'check_violation', constraint = 'batch_has_its_pages', table = 'batch';
  end if;
  return null;
end
$$;
create constraint trigger batch_has_its_pages after insert or update of page_count on batch
  deferrable initially deferred for each row execute function check_batch_pages();
alter table batch enable always trigger batch_has_its_pages;

create function check_new_pages() returns trigger language plpgsql as $$
begin
  if exists (select from added where copy_id is not null or discarded_at is not null) then
    raise exception 'a page begins unresolved' using errcode = 'check_violation', constraint = 'page_begins_unresolved', table = 'page';
  end if;
  if exists (select from batch b where b.id in (select batch_id from added)
              and b.page_count is distinct from (select count(*) from page p where p.batch_id = b.id)) then
    raise exception 'pages of a scan' using errcode = 'check_violation', constraint = 'batch_has_its_pages', table = 'page';
  end if;
  return null;
end
$$;
create trigger page_is_counted after insert on page
  referencing new table as added for each statement execute function check_new_pages();
alter table page enable always trigger page_is_counted;

create function refuse_page_removal() returns trigger language plpgsql as $$
begin
  raise exception 'a page stays' using errcode = 'check_violation', constraint = 'page_stays', table = 'page';
end
$$;
create trigger page_stays before delete or truncate on page
  for each statement execute function refuse_page_removal();
alter table page enable always trigger page_stays;

-- Pages move and turn only while their copies are in STAGING, and leave no gap in them. With the rights of the owner:
-- whoever may change a page need not see all of a copy.
create function check_page_places() returns trigger language plpgsql security definer set search_path = public as $$
declare
  touched uuid[];
begin
  if exists (select from after_change a join before_change b using (id)
              where (a.batch_id, a.batch_page_index) is distinct from (b.batch_id, b.batch_page_index)) then
    raise exception 'identity of a page' using errcode = 'check_violation', constraint = 'page_identity', table = 'page';
  end if;
  select array_agg(distinct t.copy_id) into touched
    from after_change a join before_change b using (id),
         lateral (values (a.copy_id), (b.copy_id)) as t (copy_id)
   where t.copy_id is not null
     and (a.copy_id, a.page_index, a.turn, a.page_number) is distinct from (b.copy_id, b.page_index, b.turn, b.page_number);
  if touched is null then
    return null;
  end if;
  if exists (select from copy c where c.id = any(touched) and c.status <> 'STAGING') then
    raise exception 'pages of a copy in use' using errcode = 'check_violation', constraint = 'page_moves_in_staging', table = 'page';
  end if;
  if exists (select from page p where p.copy_id = any(touched)
              group by p.copy_id having max(p.page_index) <> count(*) - 1) then
    raise exception 'a gap between pages' using errcode = 'check_violation', constraint = 'copy_pages_have_no_gap', table = 'page';
  end if;
  return null;
end
$$;
create trigger page_places_are_guarded after update on page
  referencing old table as before_change new table as after_change
  for each statement execute function check_page_places();
alter table page enable always trigger page_places_are_guarded;

-- What a page shows is forgotten with its person, by the eraser, and for no other reason.
create function keep_page_images() returns trigger language plpgsql as $$
begin
  if old.full_sha256 is not null and new.full_sha256 is null and current_user = 'paraph_app' then
    raise exception 'images of a page' using errcode = 'insufficient_privilege', table = 'page';
  end if;
  return new;
end
$$;
create trigger page_keeps_its_images before update of full_sha256 on page
  for each row execute function keep_page_images();
alter table page enable always trigger page_keeps_its_images;

grant update (code_pattern, code_exam) on exam to paraph_app;
grant update (repaired, pages_expected, stalled_attempts, pages_at_start) on batch to paraph_app;
grant update (pages_version, prepared_version, prepared_sha256) on copy to paraph_app;
grant update (version, turn, image_turn, page_number, copy_code, read_path, read_reason, scan_dpi, fingerprint, flags,
              error_code, faults, discarded_at, discard_reason, former_copy_id, full_sha256, full_media_type,
              screen_sha256, screen_media_type, thumbnail_sha256, thumbnail_media_type, width_px, height_px)
  on page to paraph_app;
grant select, insert on page_operation to paraph_app;

grant select (id, former_copy_id) on page to paraph_eraser;
grant update (copy_code, fingerprint) on page to paraph_eraser;
grant update (prepared_sha256, prepared_version) on copy to paraph_eraser;

-- A queue for the making of a copy's PDF after its pages were changed.
alter table queue_pause drop constraint queue_pause_queue_check,
  add constraint queue_pause_queue_check check (queue in ('import-batch', 'prepare-copy', 'finalize-copy'));
