import { timelineView } from '../audit/contract.ts'
import { examId } from '../exams/contract.ts'
import { defineRoute, type Route } from '../platform/http-route.ts'
import {
  batchId,
  batchList,
  batchProgress,
  batchView,
  copyId,
  copyList,
  copyListQuery,
  copyView,
  dispatchResult,
  examProgressList,
  pageParams,
  pageQuery,
  pageSizesView,
  reasonBody,
  timelineQuery,
  uploadQuery,
} from './contract.ts'
import type { CopiesDeps } from './deps.ts'
import { dispatchCopies } from './dispatch.ts'
import { createProgressWatch } from './progress.ts'
import {
  getBatchView,
  getCopyView,
  listBatchViews,
  listCopyViews,
  listExamProgress,
  readOriginal,
  readPageImage,
  readPageSizes,
  readTimeline,
} from './read.ts'
import { reviewRoutes } from './review-routes.ts'
import { acceptUpload } from './upload.ts'
import { sendBackCopy, validateCopy } from './validate.ts'

export function copyRoutes(deps: CopiesDeps): readonly Route[] {
  return [...batchRoutes(deps), ...singleCopyRoutes(deps), ...reviewRoutes(deps)]
}

function batchRoutes(deps: CopiesDeps): readonly Route[] {
  const watchProgress = createProgressWatch(deps.db)
  return [
    defineRoute({
      method: 'POST',
      path: '/api/exams/:examId/batches',
      summary: 'Upload one PDF: one copy, or a stack cut every so many pages or by the codes on its pages.',
      access: { roles: ['admin'], ownership: 'none' },
      params: examId,
      query: uploadQuery,
      takesUpload: true,
      status: 201,
      response: batchView,
      handle: ({ session, params, query, idempotencyKey, upload }) =>
        acceptUpload(deps, session, {
          ...params,
          options: query,
          idempotencyKey,
          openUpload: upload,
        }),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/exams/:examId/batches',
      summary: 'The scans uploaded for an exam, newest first.',
      access: { roles: ['admin'], ownership: 'none' },
      params: examId,
      response: batchList,
      handle: async ({ params }) => ({ batches: await listBatchViews(deps, params.examId) }),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/batches/:batchId',
      summary: 'One batch: progress by pages, copies, unresolved pages, error.',
      access: { roles: ['admin'], ownership: 'none' },
      params: batchId,
      response: batchView,
      handle: ({ params }) => getBatchView(deps, params.batchId),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/batches/:batchId/progress',
      summary: 'The progress of an import as it happens, until its end.',
      access: { roles: ['admin'], ownership: 'none' },
      params: batchId,
      response: { events: batchProgress },
      handle: ({ params, signal }) => watchProgress(params.batchId, signal),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/exams/:examId/dispatch',
      summary: 'Share the copies that are READY and have no marker among the markers of the exam.',
      access: { roles: ['admin'], ownership: 'none' },
      params: examId,
      response: dispatchResult,
      handle: ({ params }) => dispatchCopies(deps, params.examId),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/exams/progress',
      summary: 'How far each exam is that has scans.',
      access: { roles: ['admin'], ownership: 'none' },
      response: examProgressList,
      handle: async () => ({ exams: await listExamProgress(deps) }),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/exams/:examId/copies',
      summary: 'The copies of an exam; a marker sees the own ones.',
      access: { roles: ['admin', 'auditor', 'marker'], ownership: 'exam-marker' },
      params: examId,
      query: copyListQuery,
      response: copyList,
      handle: async ({ session, params, query }) => ({
        copies: await listCopyViews(deps, session, { examId: params.examId, status: query.status }),
      }),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/my/copies',
      summary: 'The copies assigned to you.',
      access: { roles: ['marker'], ownership: 'none' },
      query: copyListQuery,
      response: copyList,
      handle: async ({ session, query }) => ({ copies: await listCopyViews(deps, session, query) }),
    }),
  ]
}

function singleCopyRoutes(deps: CopiesDeps): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/copies/:copyId',
      summary: 'One copy and its state.',
      access: { roles: ['admin', 'auditor', 'marker'], ownership: 'assigned-copy' },
      params: copyId,
      response: copyView,
      handle: ({ params }) => getCopyView(deps, params.copyId),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/copies/:copyId/validate',
      summary: 'Declare the copy complete: it may be marked.',
      access: { roles: ['admin'], ownership: 'none' },
      params: copyId,
      response: copyView,
      handle: ({ params }) => validateCopy(deps, params.copyId),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/copies/:copyId/send-back',
      summary: 'Send a copy back to the administrator: something is wrong with its scan.',
      access: { roles: ['admin', 'marker'], ownership: 'assigned-copy' },
      params: copyId,
      body: reasonBody,
      response: copyView,
      handle: ({ params, body }) => sendBackCopy(deps, { copyId: params.copyId, ...body }),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/copies/:copyId/pages/:pageNumber',
      summary: 'The image of a page, upright; pages count from 1.',
      access: { roles: ['admin', 'auditor', 'marker'], ownership: 'assigned-copy' },
      params: pageParams,
      query: pageQuery,
      response: { file: 'image/*' },
      handle: ({ params, query }) => readPageImage(deps, { ...params, ...query }),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/copies/:copyId/page-sizes',
      summary: 'The pages of the copy with the size of their images.',
      access: { roles: ['admin', 'auditor', 'marker'], ownership: 'assigned-copy' },
      params: copyId,
      response: pageSizesView,
      handle: ({ params }) => readPageSizes(deps, params.copyId),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/copies/:copyId/original',
      summary: 'The untouched scan of the copy.',
      access: { roles: ['admin', 'auditor'], ownership: 'none' },
      params: copyId,
      response: { file: 'application/pdf' },
      handle: ({ params }) => readOriginal(deps, params.copyId),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/copies/:copyId/events',
      summary: 'The audit trail of the copy, in order.',
      access: { roles: ['admin', 'auditor', 'marker'], ownership: 'assigned-copy' },
      params: copyId,
      query: timelineQuery,
      response: timelineView,
      handle: ({ session, params, query }) =>
        readTimeline(deps, session, { copyId: params.copyId, after: query.after }),
    }),
  ]
}
