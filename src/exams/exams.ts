import type { AppendEvent } from '../audit/append.ts'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { reveal, Sensitive } from '../observability/sensitive.ts'
import { type Database, inTransaction, type Tx } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import type { Session } from '../platform/http-route.ts'
import { newId } from '../platform/ids.ts'
import type { ExamView, RubricItemInput } from './contract.ts'
import { planRubric, viewRubric } from './rubric.ts'
import {
  advanceRubricVersion,
  deleteRubricItems,
  type ExamRow,
  findExam,
  insertExam,
  insertMarker,
  insertRubricItem,
  listExams,
  listMarkers,
  listRubricItems,
  takeExamSeq,
} from './store.ts'

export type ExamsDeps = {
  readonly db: Database
  readonly appendEvent: AppendEvent
  /** Role and event reference of an account; answers by opaque ids, asked of the people room by `bin`. */
  readonly findAccount: (
    accountId: Id,
  ) => Promise<{ readonly role: string; readonly actorRef: Id } | undefined>
}

/** Makes an exam, with its rubric when one is given. Events: `CREATE_EXAM`, `SET_RUBRIC`. */
export async function createExam(
  deps: ExamsDeps,
  session: Session,
  command: {
    title: string
    requireAllScores: boolean
    rubric?: { items: readonly RubricItemInput[] } | undefined
  },
): Promise<ExamView> {
  const examId = newId()
  await inTransaction(deps.db, async (tx) => {
    const title = new Sensitive(command.title)
    const exam = await insertExam(tx, { id: examId, createdBy: session.accountId, ...command, title })
    await appendExamEvent(deps, tx, exam, 'CREATE_EXAM', {})
    if (command.rubric) await writeRubric(deps, tx, exam, command.rubric.items, 0)
  })
  log.grading.info('exam.created', { 'exam.id': examId })
  return getExam(deps, examId)
}

/**
 * Replaces the rubric of an exam, as long as no score or remark refers to it.
 * Throws `not-found`, `version-conflict` (with the current version), `invalid-rubric`, `rubric-in-use`. Event: `SET_RUBRIC`.
 */
export async function replaceRubric(
  deps: ExamsDeps,
  command: { examId: Id; version: number; items: readonly RubricItemInput[] },
): Promise<ExamView> {
  try {
    await inTransaction(deps.db, async (tx) => {
      const exam = await getExamRow(tx, command.examId)
      await writeRubric(deps, tx, exam, command.items, command.version)
    })
  } catch (error) {
    if ((error as { code?: unknown }).code !== FOREIGN_KEY_VIOLATION) throw error
    throw new AppError('rubric-in-use', {
      title: 'Copies are already marked with this rubric.',
      cause: error,
    })
  }
  log.grading.info('rubric.replaced', { 'exam.id': command.examId })
  return getExam(deps, command.examId)
}

const FOREIGN_KEY_VIOLATION = '23503'

async function writeRubric(
  deps: ExamsDeps,
  tx: Tx,
  exam: ExamRow,
  items: readonly RubricItemInput[],
  version: number,
): Promise<void> {
  const planned = planRubric(items)
  if (!(await advanceRubricVersion(tx, exam.id, version))) {
    const current = await getExamRow(tx, exam.id)
    throw new AppError('version-conflict', {
      title: 'Somebody changed the rubric meanwhile.',
      problem: {
        currentVersion: current.rubricVersion,
        current: viewRubric(await listRubricItems(tx, exam.id)),
      },
    })
  }
  await deleteRubricItems(tx, exam.id)
  for (const item of planned) await insertRubricItem(tx, exam.id, item)
  await appendExamEvent(deps, tx, exam, 'SET_RUBRIC', { items: planned.length, version: version + 1 })
}

/**
 * Lets an account mark copies of an exam; adding a marker twice changes nothing.
 * Throws `not-found`, and `not-a-marker` when the account has another role. Event: `ADD_MARKER`.
 */
export async function addMarker(deps: ExamsDeps, command: { examId: Id; markerId: Id }): Promise<ExamView> {
  const account = await deps.findAccount(command.markerId)
  if (account?.role !== 'marker') {
    throw new AppError('not-a-marker', { title: 'This account is not a marker.' })
  }
  await inTransaction(deps.db, async (tx) => {
    const exam = await getExamRow(tx, command.examId)
    if (!(await insertMarker(tx, exam.id, command.markerId))) return
    await appendExamEvent(deps, tx, exam, 'ADD_MARKER', { marker_ref: account.actorRef })
  })
  log.grading.info('marker.assigned', { 'exam.id': command.examId })
  return getExam(deps, command.examId)
}

/** The exam with its rubric and its markers. Throws `not-found`. */
export async function getExam(deps: { readonly db: Database }, examId: Id): Promise<ExamView> {
  const exam = await getExamRow(deps.db, examId)
  const [items, markers] = [await listRubricItems(deps.db, examId), await listMarkers(deps.db, examId)]
  return {
    id: exam.id,
    title: reveal(exam.title, 'show-to-entitled-user'),
    requireAllScores: exam.requireAllScores,
    codePattern: exam.codePattern,
    createdAt: exam.createdAt.toISOString(),
    release: { releasedAt: exam.releasedAt?.toISOString() ?? null, version: exam.releaseVersion },
    rubric: { version: exam.rubricVersion, ...viewRubric(items) },
    markers: [...markers],
  }
}

/** The exams a session may see: a marker's own, everything for the others. */
export async function listExamsFor(deps: { readonly db: Database }, session: Session) {
  const rows = await listExams(deps.db, session.role === 'marker' ? session.accountId : null)
  return rows.map(({ id, title, createdAt, releasedAt }) => ({
    id,
    title: reveal(title, 'show-to-entitled-user'),
    createdAt: createdAt.toISOString(),
    releasedAt: releasedAt?.toISOString() ?? null,
  }))
}

/** The exam's row. Throws `not-found`. */
export async function getExamRow(db: Database, examId: Id): Promise<ExamRow> {
  return assertExam(await findExam(db, examId))
}

/** What was looked for. Throws `not-found` when there is no such exam. */
export function assertExam(exam: ExamRow | undefined): ExamRow {
  if (!exam) throw new AppError('not-found', { title: 'There is no such exam.' })
  return exam
}

/** Appends one event to the exam's stream, taking its next place. */
export async function appendExamEvent(
  deps: Pick<ExamsDeps, 'appendEvent'>,
  tx: Tx,
  exam: Pick<ExamRow, 'id' | 'streamRef'>,
  ...[action, metadata]: ExamEvent
): Promise<void> {
  const seq = await takeExamSeq(tx, exam.id)
  if (seq === undefined) throw new AppError('not-found', { title: 'There is no such exam.' })
  const stream = { kind: 'exam', ref: exam.streamRef, seq } as const
  await deps.appendEvent(tx, {
    action,
    stream,
    examRef: exam.streamRef,
    metadata,
  } as Parameters<AppendEvent>[1])
}

type ExamEvent =
  | ['CREATE_EXAM', Record<string, never>]
  | ['SET_RUBRIC', { items: number; version: number }]
  | ['ADD_MARKER', { marker_ref: Id }]
  | ['SET_CODE_PATTERN', { fields: string[] }]
  | ['RELEASE' | 'WITHDRAW', { version: number }]
  | ['ASSIGN', { copy_ref: Id; marker_ref: Id }]
  | ['EXPORT', { format: 'csv'; copies: number }]
