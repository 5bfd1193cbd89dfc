import { sql } from 'kysely'
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

/** The driver would write an array as one of PostgreSQL's own. */
function toJson(strokes: Sensitive<Strokes> | null): Sensitive<string> | null {
  return strokes === null ? null : jsonOf(strokes)
}
