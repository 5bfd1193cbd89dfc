/** A scan that failed, is still there, and was given up by nobody. */
const isOpen = (batch: string) =>
  `${batch}.status = 'FAILED' and ${batch}.dismissed_at is null and ${batch}.original_sha256 is not null`

/**
 * Scans that wait for somebody, however long ago they failed. One is over once, at some time since, as many scans of
 * the exam were uploaded and imported as had failed from it on: each import replaces one of them and no more. One that
 * nobody will replace is dismissed.
 */
export const FAILED_IMPORTS = `
select b.id as batch, b.error_code as code, e.request_id as request,
       extract(epoch from now() - b.finished_at)::int as seconds
  from batch b left join audit_event e on e.stream_ref = b.stream_ref and e.seq = 1
 where ${isOpen('b')}
   and not exists (
     select from batch later
      where later.exam_id = b.exam_id and later.status = 'IMPORTED' and later.created_at > b.finished_at
        and (select count(*) from batch i
              where i.exam_id = b.exam_id and i.status = 'IMPORTED'
                and i.created_at > b.finished_at and i.created_at <= later.created_at)
            >= (select count(*) from batch f
                 where f.exam_id = b.exam_id and ${isOpen('f')}
                   and f.finished_at >= b.finished_at and f.finished_at < later.created_at))`.trim()
