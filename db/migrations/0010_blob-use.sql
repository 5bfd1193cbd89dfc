-- Every content that some row names. What is stored and not in here is nobody's: left by a killed process.
create view blob_use (sha256) as
  select original_sha256 from batch
  union all select original_sha256 from copy where original_sha256 is not null
  union all select full_sha256 from page
  union all select screen_sha256 from page
  union all select thumbnail_sha256 from page
  union all select marked_sha256 from grading_result;

create index batch_original on batch (original_sha256);
create index copy_original on copy (original_sha256);
create index page_full on page (full_sha256);
create index page_screen on page (screen_sha256);
create index page_thumbnail on page (thumbnail_sha256);
create index grading_result_marked on grading_result (marked_sha256);

grant select on blob_use to paraph_app;
