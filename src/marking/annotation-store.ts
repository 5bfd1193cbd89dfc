import { sql } from 'kysely'
import type { PageMove } from '../copies/arrangement.ts'
import type { Id } from '../observability/id.ts'
import { jsonOf, type Sensitive } from '../observability/sensitive.ts'
import type { Database, Tx } from '../platform/database.ts'
import type { AnnotationKind, Strokes } from './contract.ts'

export type AnnotationRow = {
  readonly id: Id
  readonly copyId: Id
  readonly copyVersion: number
  readonly pageIndex: number
  readonly kind: AnnotationKind
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly text: Sensitive<string> | null
  /** Of ink, and of nothing else. */
  readonly strokes: Sensitive<Strokes> | null
  readonly pointsHundredths: Sensitive<number> | null
  readonly version: number
  readonly updatedAt: Date
}

const ANNOTATION = sql`
  id, copy_id as "copyId", copy_version as "copyVersion", page_index as "pageIndex", kind, x, y, width, height, text,
  strokes, points_hundredths as "pointsHundredths", version, updated_at as "updatedAt"`

export async function findAnnotation(db: Database, annotationId: Id): Promise<AnnotationRow | undefined> {
  const { rows } =
    await sql<AnnotationRow>`select ${ANNOTATION} from annotation where id = ${annotationId}`.execute(db)
  return rows[0]
}

/** The annotations of one version of a copy, page by page from top to bottom. */
export async function listAnnotations(
  db: Database,
  copyId: Id,
  copyVersion: number,
): Promise<readonly AnnotationRow[]> {
  const { rows } = await sql<AnnotationRow>`
    select ${ANNOTATION} from annotation where copy_id = ${copyId} and copy_version = ${copyVersion}
     order by page_index, y, x, id`.execute(db)
  return rows
}

/** Stores an annotation; undefined when its id is taken. */
export async function insertAnnotation(
  tx: Tx,
  row: Omit<AnnotationRow, 'version' | 'updatedAt'> & { createdBy: Id },
): Promise<AnnotationRow | undefined> {
  const { rows } = await sql<AnnotationRow>`
    insert into annotation (id, copy_id, copy_version, page_index, kind, x, y, width, height, text, strokes,
                            points_hundredths, created_by)
    values (${row.id}, ${row.copyId}, ${row.copyVersion}, ${row.pageIndex}, ${row.kind}, ${row.x}, ${row.y},
            ${row.width}, ${row.height}, ${row.text}, ${toJson(row.strokes)}, ${row.pointsHundredths},
            ${row.createdBy})
    on conflict (id) do nothing
    returning ${ANNOTATION}`.execute(tx)
  return rows[0]
}

/** Writes the annotation's new form if it is still at its version; undefined when somebody was faster. */
export async function updateAnnotation(tx: Tx, row: AnnotationRow): Promise<AnnotationRow | undefined> {
  const { rows } = await sql<AnnotationRow>`
    update annotation
       set x = ${row.x}, y = ${row.y}, width = ${row.width}, height = ${row.height}, text = ${row.text},
           strokes = ${toJson(row.strokes)}, points_hundredths = ${row.pointsHundredths}, version = version + 1, updated_at = clock_timestamp()
     where id = ${row.id} and version = ${row.version}
     returning ${ANNOTATION}`.execute(tx)
  return rows[0]
}

export async function deleteAnnotation(tx: Tx, annotationId: Id): Promise<void> {
  await sql`delete from annotation where id = ${annotationId}`.execute(tx)
}

/** Gives the next version of a reopened copy rows of its own, equal to those of the last one. */
export async function duplicateAnnotations(tx: Tx, copyId: Id, fromVersion: number): Promise<void> {
  await sql`
    insert into annotation (id, copy_id, copy_version, page_index, kind, x, y, width, height, text, strokes,
                            points_hundredths, created_by)
    select gen_random_uuid(), copy_id, copy_version + 1, page_index, kind, x, y, width, height, text, strokes,
           points_hundredths, created_by
      from annotation where copy_id = ${copyId} and copy_version = ${fromVersion}`.execute(tx)
}

/**
 * Puts the annotations of the copies' present versions where their pages are, turned with them, by each of their points.
 * Returns how many lie on pages that are in their copy no more; those stay as they are.
 */
export async function moveAnnotations(tx: Tx, moves: readonly PageMove[]): Promise<number> {
  const { rows } = await sql<{ homeless: number }>`
    with move as (
      select * from jsonb_to_recordset(${JSON.stringify(moves)}::jsonb) as m ("copyId" uuid, "from" int, "to" int, turn int)
    ), own as (
      select a.id, m."to", m.turn
        from annotation a join copy c on c.id = a.copy_id and c.version = a.copy_version
        join move m on m."copyId" = a.copy_id and m."from" = a.page_index
    ), moved as (
      update annotation a
         set page_index = o."to",
             x = greatest(0, case o.turn when 90 then 1 - a.y - a.height when 180 then 1 - a.x - a.width
                                         when 270 then a.y else a.x end),
             y = greatest(0, case o.turn when 90 then a.x when 180 then 1 - a.y - a.height
                                         when 270 then 1 - a.x - a.width else a.y end),
             width = case when o.turn in (90, 270) then a.height else a.width end,
             height = case when o.turn in (90, 270) then a.width else a.height end,
             strokes = case when o.turn = 0 or a.strokes is null then a.strokes else (
               select jsonb_agg((
                 select jsonb_agg(point || jsonb_build_object(
                          'x', case o.turn when 90 then 1 - (point->>'y')::float8 when 180 then 1 - (point->>'x')::float8
                                           else (point->>'y')::float8 end,
                          'y', case o.turn when 90 then (point->>'x')::float8 when 180 then 1 - (point->>'y')::float8
                                           else 1 - (point->>'x')::float8 end) order by nth)
                   from jsonb_array_elements(stroke) with ordinality as p (point, nth)) order by place)
                 from jsonb_array_elements(a.strokes) with ordinality as s (stroke, place)) end
        from own o
       where a.id = o.id and o."to" is not null and (o."to" <> a.page_index or o.turn <> 0)
    )
    select count(*)::int as homeless from own where "to" is null`.execute(tx)
  return rows[0]?.homeless ?? 0
}

/** The driver would write an array as one of PostgreSQL's own. */
function toJson(strokes: Sensitive<Strokes> | null): Sensitive<string> | null {
  return strokes === null ? null : jsonOf(strokes)
}
