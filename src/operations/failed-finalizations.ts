/** SQL that is true of a row of `copy`, which goes by the name `copy`: its grading was given up. */
export function isGradingFailed(copy: string): string {
  return `${copy}.status = 'GRADING_FAILED' and ${copy}.erased_at is null`
}

/** Copies with the last word on their finalization; it is null while that waits in the spool. */
function lastWordOn(condition: string): string {
  return `
select c.id as copy, e.metadata ->> 'error_code' as code,
       (e.metadata ->> 'retries')::int + 1 as attempts, e.request_id as request,
       extract(epoch from now() - coalesce(e.occurred_at, c.status_changed_at))::int as seconds
  from copy c left join lateral (
         select action, metadata, request_id, occurred_at from audit_event
          where stream_ref = c.stream_ref and action in ('FINALIZE_REQUEST', 'FINALIZE')
          order by seq desc limit 1) e on true
 where ${condition}`.trim()
}

/** Copies that nobody grades any more: each waits for somebody. */
export const FAILED_FINALIZATIONS = lastWordOn(isGradingFailed('c'))

/**
 * Copies whose last attempt failed and that are tried again by themselves. Once one was asked for again, the failures
 * before that are history.
 */
export const RETRIED_FINALIZATIONS = lastWordOn(
  `c.status = 'GRADING_IN_PROGRESS' and c.erased_at is null and e.action = 'FINALIZE'`,
)
