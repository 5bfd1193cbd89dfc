import { changeCopy, takeCopy } from '../copies/change.ts'
import { getCopy } from '../copies/read.ts'
import type { CopyRow } from '../copies/store.ts'
import { toHundredths, toPoints } from '../exams/points.ts'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { reveal, Sensitive } from '../observability/sensitive.ts'
import { type Database, inTransaction, type Tx } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import type { Session } from '../platform/http-route.ts'
import { newId } from '../platform/ids.ts'
import { areDrawable, assertChangeable, assertFits, boundsOf, invalidAnnotation } from './annotation-shape.ts'
import {
  type AnnotationRow,
  deleteAnnotation,
  findAnnotation,
  insertAnnotation,
  listAnnotations,
  updateAnnotation,
} from './annotation-store.ts'
import type { AnnotationChange, AnnotationView, NewAnnotation, Strokes } from './contract.ts'
import type { MarkingDeps } from './deps.ts'
import { assertHoldsLock } from './lock.ts'

type Deps = Pick<MarkingDeps, 'db' | 'appendEvent' | 'lockSeconds'>
type Write = { readonly copyId: Id; readonly lockToken: Sensitive<string> | undefined }

/** The annotations of the copy's present version. Throws `not-found`. */
export async function listAnnotationViews(
  deps: { readonly db: Database },
  copyId: Id,
): Promise<AnnotationView[]> {
  const copy = await getCopy(deps.db, copyId)
  return (await listAnnotations(deps.db, copyId, copy.version)).map(toView)
}

/**
 * Lays an annotation on a page. Sending it again under the same id changes nothing and answers with what is there.
 * Throws as `assertHoldsLock`, and `invalid-annotation`. Event: `CREATE_ANN` (pages from 1).
 */
export async function createAnnotation(
  deps: Deps,
  session: Session,
  command: Write & { annotation: NewAnnotation },
): Promise<AnnotationView> {
  return inTransaction(deps.db, async (tx) => {
    const copy = await takeHeldCopy(deps, tx, session, command)
    const { annotation } = command
    const known = annotation.id === undefined ? undefined : await findAnnotation(tx, annotation.id)
    if (known) return toView(assertOwn(known, copy))
    const row = {
      id: annotation.id ?? newId(),
      copyId: copy.id,
      copyVersion: copy.version,
      pageIndex: annotation.pageNumber - 1,
      kind: annotation.kind,
      ...shapeOf(annotation),
      text: 'text' in annotation ? new Sensitive(annotation.text) : null,
      pointsHundredths: pointsOf(annotation.points),
      createdBy: session.accountId,
    }
    assertFits(row, copy)
    const created = await insertAnnotation(tx, row)
    if (!created) throw idIsTaken()
    const metadata = { annotation_id: created.id, page: annotation.pageNumber, kind: created.kind }
    await changeCopy(deps, tx, copy, {}, [{ action: 'CREATE_ANN', metadata }])
    return toView(created)
  })
}

/**
 * Changes an annotation that is still at `version`.
 * Throws as `assertHoldsLock`, `not-found`, `version-conflict` (with what is there), `invalid-annotation`. Event: `UPDATE_ANN`.
 */
export async function changeAnnotation(
  deps: Deps,
  session: Session,
  command: Write & { annotationId: Id; version: number; change: AnnotationChange },
): Promise<AnnotationView> {
  return inTransaction(deps.db, async (tx) => {
    const copy = await takeHeldCopy(deps, tx, session, command)
    const present = await getAnnotation(tx, copy, command)
    assertChangeable(present.kind, command.change)
    const { points, strokes, text, ...box } = command.change
    const changed: AnnotationRow = {
      ...present,
      ...(box as Partial<Pick<AnnotationRow, keyof typeof box>>),
      ...(text === undefined ? {} : { text: new Sensitive(text) }),
      ...(strokes === undefined ? {} : inkOf(strokes)),
      ...(points === undefined ? {} : { pointsHundredths: pointsOf(points ?? undefined) }),
    }
    assertFits(changed, copy)
    const updated = await updateAnnotation(tx, changed)
    if (!updated) throw versionConflict(present)
    const metadata = {
      annotation_id: updated.id,
      page: updated.pageIndex + 1,
      version: updated.version,
      fields: Object.keys(command.change).sort(),
    }
    await changeCopy(deps, tx, copy, {}, [{ action: 'UPDATE_ANN', metadata }])
    return toView(updated)
  })
}

/** Removes an annotation that is still at `version`. Throws as `changeAnnotation`. Event: `DELETE_ANN`. */
export async function removeAnnotation(
  deps: Deps,
  session: Session,
  command: Write & { annotationId: Id; version: number },
): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const copy = await takeHeldCopy(deps, tx, session, command)
    const present = await getAnnotation(tx, copy, command)
    await deleteAnnotation(tx, present.id)
    const metadata = { annotation_id: present.id, page: present.pageIndex + 1, version: present.version }
    await changeCopy(deps, tx, copy, {}, [{ action: 'DELETE_ANN', metadata }])
  })
}

async function takeHeldCopy(deps: Deps, tx: Tx, session: Session, command: Write): Promise<CopyRow> {
  const copy = await takeCopy(tx, command.copyId)
  await assertHoldsLock(deps, tx, copy, session, command.lockToken)
  return copy
}

async function getAnnotation(
  tx: Tx,
  copy: CopyRow,
  wanted: { annotationId: Id; version: number },
): Promise<AnnotationRow> {
  const present = await findAnnotation(tx, wanted.annotationId)
  if (!present || !isOf(present, copy)) {
    throw new AppError('not-found', { title: 'There is no such annotation.' })
  }
  if (present.version !== wanted.version) throw versionConflict(present)
  return present
}

function versionConflict(present: AnnotationRow): AppError {
  log.grading.warning('version.conflict', { 'copy.id': present.copyId, 'annotation.id': present.id })
  return new AppError('version-conflict', {
    title: 'This annotation was changed meanwhile.',
    problem: { currentVersion: present.version, current: toView(present) },
  })
}

function assertOwn(known: AnnotationRow, copy: CopyRow): AnnotationRow {
  if (isOf(known, copy)) return known
  throw idIsTaken()
}

/** What was laid on an earlier version of the copy is closed with it. */
function isOf(annotation: AnnotationRow, copy: CopyRow): boolean {
  return annotation.copyId === copy.id && annotation.copyVersion === copy.version
}

function idIsTaken(): AppError {
  return invalidAnnotation('This id belongs to another annotation.', 'id')
}

function shapeOf(annotation: NewAnnotation) {
  if (annotation.kind === 'ink') return inkOf(annotation.strokes)
  const { x, y, width, height } = annotation
  return { x, y, width, height, strokes: null }
}

function inkOf(strokes: Strokes) {
  return { ...boundsOf(strokes), strokes: new Sensitive(strokes) }
}

function pointsOf(points: number | undefined): Sensitive<number> | null {
  if (points === undefined) return null
  const hundredths = toHundredths(points)
  if (hundredths === undefined) throw invalidAnnotation('Points are not on the step.', 'points')
  return new Sensitive(hundredths)
}

function shown<T>(value: Sensitive<T> | null): T | null {
  return value && reveal(value, 'show-to-entitled-user')
}

function toView(row: AnnotationRow): AnnotationView {
  const { id, kind, x, y, width, height, version } = row
  const points = shown(row.pointsHundredths)
  const strokes = shown(row.strokes)
  return {
    id,
    pageNumber: row.pageIndex + 1,
    kind,
    x,
    y,
    width,
    height,
    text: shown(row.text),
    // Damaged ink is listed without its lines, so that whoever marks can see its page and remove it.
    strokes: areDrawable(strokes) ? strokes : null,
    points: points === null ? null : toPoints(points),
    version,
    updatedAt: row.updatedAt.toISOString(),
  }
}
