import { z } from 'zod'
import { copyId, copyView, reasonBody } from '../copies/contract.ts'
import { getCopyView } from '../copies/read.ts'
import { examId } from '../exams/contract.ts'
import { defineRoute, type Route } from '../platform/http-route.ts'
import { changeAnnotation, createAnnotation, listAnnotationViews, removeAnnotation } from './annotate.ts'
import {
  annotationChange,
  annotationList,
  annotationParams,
  annotationView,
  finalizationView,
  lockView,
  newAnnotation,
  remarkBody,
  scoreBody,
  scoreParams,
  scoreSheetView,
} from './contract.ts'
import type { MarkingDeps } from './deps.ts'
import { exportMarkedPdf, exportScores } from './export.ts'
import { getFinalization, requestFinalization, retryFinalization } from './finalize.ts'
import { forceRelease, lockCopy, renewLease, takeOverLock, unlockCopy } from './lock.ts'
import { getScoreSheet } from './read-sheet.ts'
import { reopenCopy } from './reopen.ts'
import { setRemark } from './set-remark.ts'
import { setScore } from './set-score.ts'

/** Writing on a copy is for its marker and for administrators. */
const WRITERS = { roles: ['admin', 'marker'], ownership: 'assigned-copy' } as const
const READERS = { roles: ['admin', 'auditor', 'marker'], ownership: 'assigned-copy' } as const

export function markingRoutes(deps: MarkingDeps): readonly Route[] {
  return [...lockRoutes(deps), ...annotationRoutes(deps), ...sheetRoutes(deps), ...gradingRoutes(deps)]
}

function lockRoutes(deps: MarkingDeps): readonly Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/api/copies/:copyId/lock',
      summary: 'Lock the copy for this tab; the token goes into X-Lock-Token of every write.',
      access: WRITERS,
      params: copyId,
      response: lockView,
      handle: ({ session, params }) => lockCopy(deps, session, params.copyId),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/copies/:copyId/lock/heartbeat',
      summary: 'Prolong the lock of this tab.',
      access: WRITERS,
      params: copyId,
      response: lockView,
      handle: ({ session, params, lockToken }) => renewLease(deps, session, { ...params, lockToken }),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/copies/:copyId/lock/take-over',
      summary: 'Move your own lock to this tab, or any lock as an administrator.',
      access: WRITERS,
      params: copyId,
      response: lockView,
      handle: ({ session, params }) => takeOverLock(deps, session, params.copyId),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/copies/:copyId/unlock',
      summary: 'Give the copy back, or take a failed one back to correct it.',
      access: WRITERS,
      params: copyId,
      response: copyView,
      handle: async ({ session, params, lockToken }) => {
        await unlockCopy(deps, session, { ...params, lockToken })
        return getCopyView(deps, params.copyId)
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/api/copies/:copyId/force-release',
      summary: 'End a lock whoever holds it.',
      access: { roles: ['admin', 'operator'], ownership: 'none' },
      params: copyId,
      body: reasonBody,
      response: copyView,
      handle: async ({ params, body }) => {
        await forceRelease(deps, { ...params, ...body })
        return getCopyView(deps, params.copyId)
      },
    }),
  ]
}

function annotationRoutes(deps: MarkingDeps): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/copies/:copyId/annotations',
      summary: 'The annotations of the present version.',
      access: READERS,
      params: copyId,
      response: annotationList,
      handle: async ({ params }) => ({ annotations: await listAnnotationViews(deps, params.copyId) }),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/copies/:copyId/annotations',
      summary: 'Lay an annotation on a page.',
      access: WRITERS,
      params: copyId,
      body: newAnnotation,
      status: 201,
      response: annotationView,
      handle: ({ session, params, body, lockToken }) =>
        createAnnotation(deps, session, { ...params, lockToken, annotation: body }),
    }),
    defineRoute({
      method: 'PATCH',
      path: '/api/copies/:copyId/annotations/:annotationId',
      summary: 'Change an annotation.',
      access: WRITERS,
      params: annotationParams,
      body: annotationChange,
      needsVersion: true,
      response: annotationView,
      handle: ({ session, params, body, lockToken, version }) =>
        changeAnnotation(deps, session, { ...params, lockToken, version, change: body }),
    }),
    defineRoute({
      method: 'DELETE',
      path: '/api/copies/:copyId/annotations/:annotationId',
      summary: 'Remove an annotation.',
      access: WRITERS,
      params: annotationParams,
      needsVersion: true,
      status: 204,
      response: z.void(),
      handle: ({ session, params, lockToken, version }) =>
        removeAnnotation(deps, session, { ...params, lockToken, version }),
    }),
  ]
}

function sheetRoutes(deps: MarkingDeps): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/copies/:copyId/scores',
      summary: 'The scores and remarks beside the rubric, with the total and the general comment.',
      access: READERS,
      params: copyId,
      response: scoreSheetView,
      handle: ({ params }) => getScoreSheet(deps, params.copyId),
    }),
    defineRoute({
      method: 'PUT',
      path: '/api/copies/:copyId/scores/:itemId',
      summary: 'Give an item of the rubric its score, or take it back.',
      access: WRITERS,
      params: scoreParams,
      body: scoreBody,
      needsVersion: true,
      response: scoreSheetView,
      handle: ({ session, params, body, lockToken, version }) =>
        setScore(deps, session, { ...params, lockToken, version, points: body.points }),
    }),
    defineRoute({
      method: 'PUT',
      path: '/api/copies/:copyId/remarks/:itemId',
      summary: 'Say something of an item of the rubric, or take it back with an empty text.',
      access: WRITERS,
      params: scoreParams,
      body: remarkBody,
      needsVersion: true,
      response: scoreSheetView,
      handle: ({ session, params, body, lockToken, version }) =>
        setRemark(deps, session, { ...params, lockToken, version, text: body.text }),
    }),
    defineRoute({
      method: 'PUT',
      path: '/api/copies/:copyId/comment',
      summary: 'Say something of the whole copy, or take it back with an empty text.',
      access: WRITERS,
      params: copyId,
      body: remarkBody,
      needsVersion: true,
      response: scoreSheetView,
      handle: ({ session, params, body, lockToken, version }) =>
        setRemark(deps, session, { ...params, itemId: null, lockToken, version, text: body.text }),
    }),
  ]
}

function gradingRoutes(deps: MarkingDeps): readonly Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/api/copies/:copyId/finalize',
      summary: 'Close the marking: the marked PDF is drawn in the background.',
      access: WRITERS,
      params: copyId,
      status: 202,
      statusOf: (view) => (view.status === 'GRADED' ? 200 : 202),
      response: finalizationView,
      handle: ({ session, params, lockToken }) =>
        requestFinalization(deps, session, { ...params, lockToken }),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/copies/:copyId/finalize',
      summary: 'Where the finalization stands.',
      access: { roles: ['admin', 'auditor', 'marker'], ownership: 'assigned-copy' },
      params: copyId,
      response: finalizationView,
      handle: ({ params }) => getFinalization(deps, params.copyId),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/copies/:copyId/retry',
      summary: 'Start a failed finalization again.',
      access: { roles: ['admin', 'marker', 'operator'], ownership: 'assigned-copy' },
      params: copyId,
      status: 202,
      response: finalizationView,
      handle: ({ params }) => retryFinalization(deps, params.copyId),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/copies/:copyId/reopen',
      summary: 'Open a graded copy again as a new version.',
      access: { roles: ['admin'], ownership: 'none' },
      params: copyId,
      body: reasonBody,
      response: finalizationView,
      handle: ({ params, body }) => reopenCopy(deps, { ...params, ...body }),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/copies/:copyId/marked',
      summary: 'The marked PDF of a graded copy.',
      access: READERS,
      params: copyId,
      response: { file: 'application/pdf' },
      handle: ({ params }) => exportMarkedPdf(deps, params.copyId),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/exams/:examId/exports/scores',
      summary: 'The scores of the exam as a CSV table.',
      access: { roles: ['admin'], ownership: 'none' },
      params: examId,
      response: { file: 'text/csv' },
      handle: ({ params }) => exportScores(deps, params.examId),
    }),
  ]
}
