/** What a copy's last event that moved it leads to, as far as that event says. The moves are those of `replay-life.ts`. */
const LEADS_THERE = `
  case m.action
    when 'VALIDATE' then c.status = 'READY'
    when 'SEND_BACK' then c.status = 'STAGING'
    when 'LOCK' then c.status = 'LOCKED'
    when 'UNLOCK' then c.status = 'READY'
    when 'REOPEN' then c.status = 'READY'
    when 'FINALIZE_REQUEST' then c.status = 'GRADING_IN_PROGRESS'
    when 'FINALIZE' then case m.metadata ->> 'success'
      when 'true' then c.status = 'GRADED'
      when 'false' then c.status in ('GRADING_IN_PROGRESS', 'GRADING_FAILED')
      else true end
    else c.status = 'STAGING' end`

/**
 * Copies that are not what their events say, among the 200 that moved last within a day: cheap enough to be asked all the
 * time, where `replayLog` compares everything. A copy with a place whose event is not in the table is not judged, except
 * that a row can never have taken fewer places than there are events.
 */
export const MOVED_WITHOUT_EVENT = `
select c.id as copy, c.status, m.action as "lastMove", c.event_seq as places, n.events,
       extract(epoch from now() - c.status_changed_at)::int as seconds
  from (select id, stream_ref, event_seq, status, status_changed_at from copy
         where status_changed_at > now() - interval '1 day' order by status_changed_at desc limit 200) c
  cross join lateral (select count(*)::int as events from audit_event e where e.stream_ref = c.stream_ref) n
  left join lateral (
    select e.action, e.metadata from audit_event e
     where e.stream_ref = c.stream_ref
       and e.action in ('VALIDATE', 'SEND_BACK', 'LOCK', 'UNLOCK', 'REOPEN', 'FINALIZE_REQUEST', 'FINALIZE')
     order by e.seq desc limit 1) m on true
 where n.events > c.event_seq
    or (n.events = c.event_seq
        and not (${LEADS_THERE.trim()}
                 and (c.status = 'LOCKED') = exists (select from copy_lock l where l.copy_id = c.id)))`.trim()
