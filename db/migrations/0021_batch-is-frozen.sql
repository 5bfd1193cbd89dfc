-- A scan is read by the code pattern that the exam had when it was uploaded; so is the exam that its codes must name.
alter table batch add column code_exam text;
update batch b set code_exam = e.code_exam from exam e where e.id = b.exam_id and e.code_pattern = b.code_pattern;
alter table batch
  add constraint batch_code_needs_its_pattern check (code_pattern is not null or code_exam is null);

-- With a scan goes what the stream of its batch has sealed: its name, where an import has failed, and notes on pages that
-- are in no copy. An event there says so.
grant select (stream_ref, event_seq), update (event_seq) on batch to paraph_eraser;
