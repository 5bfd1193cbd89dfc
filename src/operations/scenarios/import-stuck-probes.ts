import { logProbe, processProbe, sqlProbe } from '../probes.ts'

/** What is left free on the disk when it counts as nearly full. */
export const LOW_DISK_BYTES = 1_000_000_000

export const workerAnswers = processProbe('worker-answers', 'worker')

/** Jobs that could be taken and are not, for longer than a worker needs to see them. */
export const waitingImports = sqlProbe<{ batch: string; job: string; attempts: number; seconds: number }>(
  'waiting-imports',
  `select data -> 'payload' ->> 'batchId' as batch, id as job, retry_count as attempts,
          extract(epoch from now() - start_after)::int as seconds
     from pgboss.job
    where name = 'import-batch' and state in ('created', 'retry') and start_after < now() - interval '5 seconds'
    order by start_after limit 20`,
)
export const pausedQueues = sqlProbe<{ queue: string; reason: string; waiting: number; seconds: number }>(
  'paused-queues',
  `select p.queue, p.reason_code as reason,
          (select count(*) from pgboss.job j
            where j.name = p.queue and j.state in ('created', 'retry') and j.start_after < now())::int as waiting,
          extract(epoch from now() - p.paused_at)::int as seconds
     from queue_pause p order by p.queue`,
)
/**
 * Scans that wait for somebody, however long ago they failed. One is over once, at some time since, as many scans of
 * the exam were uploaded and imported as had failed from it on: each import replaces one of them and no more.
 */
export const failedImports = sqlProbe<{ batch: string; code: string; request: string; seconds: number }>(
  'failed-imports',
  `select b.id as batch, b.error_code as code, e.request_id as request,
          extract(epoch from now() - b.finished_at)::int as seconds
     from batch b left join audit_event e on e.stream_ref = b.stream_ref and e.seq = 1
    where b.status = 'FAILED' and b.finished_at > now() - interval '7 days'
      and not exists (
        select from batch later
         where later.exam_id = b.exam_id and later.status = 'IMPORTED' and later.created_at > b.finished_at
           and (select count(*) from batch i
                 where i.exam_id = b.exam_id and i.status = 'IMPORTED'
                   and i.created_at > b.finished_at and i.created_at <= later.created_at)
               >= (select count(*) from batch f
                    where f.exam_id = b.exam_id and f.status = 'FAILED'
                      and f.finished_at >= b.finished_at and f.finished_at < later.created_at))
    order by b.finished_at desc limit 20`,
)
/** An upload is one request: one that breaks off before its end is answered 499, one that goes silent 408. */
export const brokenUploads = logProbe(
  'broken-uploads',
  'http.request',
  '"http.request.method":"POST","http.route":"/api/exams/:examId/batches"',
)

export const acceptedUploads = logProbe('accepted-uploads', 'upload.accepted')
