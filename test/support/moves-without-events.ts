import type { ReplayCode } from '../../src/operations/replay-findings.ts'
import type { Kind } from './copies-of-every-kind.ts'

/** Something that is moved by SQL, `$1` being the id of a copy of that kind, and what a replay says of it. */
export type Move = {
  readonly what: string
  readonly kind: Kind
  readonly statements: string
  readonly code: ReplayCode
  readonly says: RegExp
}

type Told = readonly [what: string, kind: Kind, statements: string, says: RegExp]

const found = (code: ReplayCode, ...moves: readonly Told[]): readonly Move[] =>
  moves.map(([what, kind, statements, says]) => ({ what, kind, statements, code, says }))

const setCopy = (assignment: string) => `update copy set ${assignment} where id = $1`
const setScore = (assignment: string, condition = 'true') =>
  `update score set ${assignment} where copy_id = $1 and ${condition}`
const setResult = (assignment: string) => `update grading_result set ${assignment} where copy_id = $1`
const insertResult = `
  insert into grading_result (copy_id, copy_version, final_score_hundredths, marked_sha256, marked_pages, marked_sheet_pages)
  values ($1, 1, 2000, repeat('a', 64), 1, 1)`
const deleteFrom = (table: string) => `delete from ${table} where copy_id = $1`

export const MOVES: readonly Move[] = [
  ...found(
    'status-differs',
    [
      'moved on',
      'imported',
      setCopy(`status = 'READY'`),
      /is READY but .* has no VALIDATE, .* by event 1 it is STAGING/,
    ],
    [
      'graded by nobody',
      'ready',
      `${insertResult}; ${setCopy(`status = 'GRADED'`)}`,
      /is GRADED but its log has no successful FINALIZE that leads there: by event 2 it is READY/,
    ],
    [
      'failed again',
      'failed, then corrected',
      setCopy(`status = 'GRADING_FAILED'`),
      /has no failed FINALIZE/,
    ],
    ['moved after its erasure', 'erased', setCopy(`status = 'STAGING'`), /is STAGING but/],
  ),
  ...found(
    'version-differs',
    ['reopened', 'graded', setCopy(`status = 'READY', version = 2`), /at version 2 but .* at version 1/],
    ['taken back a version', 'marked again', setCopy('version = 1'), /at version 1 but .* at version 2/],
  ),
  ...found(
    'erasure-differs',
    [
      'declared erased',
      'graded',
      setCopy('erased_at = now(), original_sha256 = null, prepared_sha256 = null'),
      /erased by its row or/,
    ],
    ['declared not erased', 'erased', setCopy('erased_at = null'), /but not by both/],
  ),
  ...found(
    'pages-differ',
    [
      'robbed of a page',
      'graded',
      'update page set copy_id = null, page_index = null where copy_id = $1',
      /has 0 pages but by its log 1/,
    ],
    [
      'given a page',
      'import failed',
      `insert into page (batch_id, batch_page_index, copy_id, page_index)
       select batch_id, 99, $1, 0 from copy where id = $1`,
      /has 1 pages but by its log 0/,
    ],
  ),
  ...found(
    'original-differs',
    ['given another scan', 'ready', setCopy(`original_sha256 = repeat('a', 64)`), /names another scan/],
    ['robbed of its scan', 'ready', setCopy('original_sha256 = null'), /names another scan/],
    ['given a scan', 'import failed', setCopy(`original_sha256 = repeat('a', 64)`), /names another scan/],
  ),
  ...found(
    'marker-differs',
    [
      'given to another',
      'ready',
      setCopy(`assigned_marker_id = (select id from people.account where role = 'admin' limit 1)`),
      /another marker/,
    ],
    ['taken from its marker', 'graded', setCopy('assigned_marker_id = null'), /another marker/],
  ),
  ...found(
    'lock-differs',
    [
      'locked by another',
      'marked',
      'update copy_lock set holder_ref = gen_random_uuid() where copy_id = $1',
      /another holder/,
    ],
    ['robbed of its lock', 'taken over', deleteFrom('copy_lock'), /another lock/],
    [
      'given a lock',
      'unlocked',
      `insert into copy_lock (copy_id, token, holder_id, holder_ref, expires_at)
       select $1, gen_random_uuid(), id, actor_ref, now() from people.account limit 1`,
      /another lock/,
    ],
  ),
  ...found(
    'annotations-differ',
    ['rubbed out', 'graded', deleteFrom('annotation'), /has 0 annotations in version 1 but its log 1/],
    [
      'annotated in a version that is closed',
      'marked again',
      `insert into annotation (id, copy_id, copy_version, page_index, kind, x, y, width, height, created_by)
       select gen_random_uuid(), $1, 1, 0, 'tick', 0, 0, 0, 0, id from people.account limit 1`,
      /has 2 annotations in version 1 but its log 1/,
    ],
  ),
  ...found(
    'scores-differ',
    ['given other points', 'marked', setScore('points_hundredths = 0'), /other scores in version 1/],
    [
      'given other points in a version that is closed',
      'reopened',
      setScore('points_hundredths = 0', 'copy_version = 1'),
      /other scores in version 1/,
    ],
    [
      'robbed of points that were carried over',
      'reopened',
      setScore('points_hundredths = null', 'copy_version = 2'),
      /other scores in version 2/,
    ],
    ['scored again', 'unlocked', setScore('version = version + 1'), /other scores in version 1/],
    ['robbed of its scores', 'unlocked', deleteFrom('score'), /other scores in version 1/],
  ),
  ...found(
    'remarks-differ',
    [
      'remarked upon again',
      'marked',
      'update remark set version = version + 1 where copy_id = $1',
      /other remarks in version 1/,
    ],
    [
      'robbed of a remark that was carried over',
      'reopened',
      'delete from remark where copy_id = $1 and copy_version = 2 and rubric_item_id is null',
      /other remarks in version 2/,
    ],
    [
      'remarked upon in a version that is closed',
      'marked again',
      `insert into remark (copy_id, copy_version, rubric_item_id, text)
       select $1, 1, id, 'Vu' from rubric_item where label = 'Exercice 2' limit 1`,
      /other remarks in version 1/,
    ],
  ),
  ...found(
    'result-differs',
    [
      'given another total',
      'graded',
      setResult('final_score_hundredths = 2000'),
      /another result of version 1/,
    ],
    ['given another marked PDF', 'exported', setResult(`marked_sha256 = repeat('a', 64)`), /another result/],
    [
      'robbed of an earlier result',
      'marked again',
      deleteFrom('grading_result'),
      /another result of version 1/,
    ],
    ['given a result', 'unlocked', insertResult, /another result of version 1/],
  ),
]
