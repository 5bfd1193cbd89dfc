import { z } from 'zod'
import { defineRoute, type Route } from '../platform/http-route.ts'
import { newId } from '../platform/ids.ts'
import {
  batchId,
  copyId,
  discardBody,
  makeCopyBody,
  mergeBody,
  moveBody,
  numberBody,
  operationId,
  operationView,
  pageId,
  pageList,
  pageListQuery,
  pageQuery,
  pageView,
  reorderBody,
  replaceBody,
  rotateBody,
  splitBody,
} from './contract.ts'
import type { CopiesDeps } from './deps.ts'
import { listBatchPages, listCopyPages, readImageOfPage } from './read-review.ts'
import { reviewPages, undoReview } from './review.ts'

const ADMIN = { roles: ['admin'], ownership: 'none' } as const

/** What administrators do to pages until their copies are READY. */
export function reviewRoutes(deps: CopiesDeps): readonly Route[] {
  return [...readingRoutes(deps), ...pageRoutes(deps), ...arrangementRoutes(deps)]
}

function readingRoutes(deps: CopiesDeps): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/batches/:batchId/pages',
      summary:
        'The pages of a scan and what is odd about them; `only=exceptions` leaves out what is as it should be.',
      access: ADMIN,
      params: batchId,
      query: pageListQuery,
      response: pageList,
      handle: ({ params, query }) => listBatchPages(deps, { ...params, ...query }),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/copies/:copyId/pages',
      summary: 'The pages of a copy in their order, with their versions and flags.',
      access: ADMIN,
      params: copyId,
      response: z.object({ pages: z.array(pageView) }),
      handle: ({ params }) => listCopyPages(deps, params.copyId),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/pages/:pageId/image',
      summary: 'The image of a scanned page, in whichever place it is.',
      access: ADMIN,
      params: pageId,
      query: pageQuery,
      response: { file: 'image/*' },
      handle: ({ params, query }) => readImageOfPage(deps, { ...params, ...query }),
    }),
  ]
}

function pageRoutes(deps: CopiesDeps): readonly Route[] {
  const onPage = {
    method: 'POST',
    access: ADMIN,
    params: pageId,
    needsVersion: true,
    response: operationView,
  } as const
  return [
    defineRoute({
      ...onPage,
      path: '/api/pages/:pageId/rotate',
      summary: 'Turn a page clockwise.',
      body: rotateBody,
      handle: ({ session, params, body, version }) =>
        reviewPages(deps, session, { operation: { kind: 'rotate', ...params, ...body }, version }),
    }),
    defineRoute({
      ...onPage,
      path: '/api/pages/:pageId/number',
      summary: 'Say which page number is printed on a sheet whose code could not be read.',
      body: numberBody,
      handle: ({ session, params, body, version }) =>
        reviewPages(deps, session, {
          operation: { kind: 'number', ...params, number: body.sheetNumber },
          version,
        }),
    }),
    defineRoute({
      ...onPage,
      path: '/api/pages/:pageId/move',
      summary: 'Put a page into a copy, or to another place in it.',
      body: moveBody,
      handle: ({ session, params, body, version }) =>
        reviewPages(deps, session, { operation: { kind: 'move', ...params, ...body }, version }),
    }),
    defineRoute({
      ...onPage,
      path: '/api/pages/:pageId/discard',
      summary: 'Declare that a page belongs to no copy, with the reason.',
      body: discardBody,
      handle: ({ session, params, body: { reason, note }, version }) =>
        reviewPages(deps, session, { operation: { kind: 'discard', ...params, reason }, version, note }),
    }),
    defineRoute({
      ...onPage,
      path: '/api/pages/:pageId/restore',
      summary: 'Take a discarded page back; it is unresolved then.',
      handle: ({ session, params, version }) =>
        reviewPages(deps, session, { operation: { kind: 'restore', ...params }, version }),
    }),
    defineRoute({
      ...onPage,
      path: '/api/pages/:pageId/replace',
      summary: 'Put a rescanned page in the place of this one, which is discarded.',
      body: replaceBody,
      handle: ({ session, params, body: { byPageId, byPageVersion }, version }) =>
        reviewPages(deps, session, {
          operation: { kind: 'replace', ...params, byPageId },
          version,
          otherVersion: byPageVersion,
        }),
    }),
  ]
}

function arrangementRoutes(deps: CopiesDeps): readonly Route[] {
  const onCopy = {
    method: 'POST',
    access: ADMIN,
    params: copyId,
    needsVersion: true,
    response: operationView,
  } as const
  return [
    defineRoute({
      ...onCopy,
      path: '/api/copies/:copyId/reorder',
      summary: 'Put the pages of a copy in another order; the version is that of its pages.',
      body: reorderBody,
      handle: ({ session, params, body, version }) =>
        reviewPages(deps, session, { operation: { kind: 'reorder', ...params, ...body }, version }),
    }),
    defineRoute({
      ...onCopy,
      path: '/api/copies/:copyId/split',
      summary: 'Make a copy of its own of a page and all that follow it.',
      body: splitBody,
      handle: ({ session, params, body, version }) =>
        reviewPages(deps, session, {
          operation: { kind: 'split', ...params, ...body, newCopyId: newId() },
          version,
        }),
    }),
    defineRoute({
      ...onCopy,
      path: '/api/copies/:copyId/merge',
      summary: 'Put the pages of another copy behind those of this one.',
      body: mergeBody,
      handle: ({ session, params, body: { fromCopyId, fromPagesVersion }, version }) =>
        reviewPages(deps, session, {
          operation: { kind: 'merge', ...params, fromCopyId },
          version,
          otherVersion: fromPagesVersion,
        }),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/copies',
      summary: 'Make a copy of pages that are in none.',
      access: ADMIN,
      body: makeCopyBody,
      status: 201,
      response: operationView,
      handle: ({ session, body }) =>
        reviewPages(deps, session, {
          operation: { kind: 'make-copy', ...body, newCopyId: newId() },
          version: 0,
        }),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/page-operations/:operationId/undo',
      summary: 'Put pages back where they were before an operation.',
      access: ADMIN,
      params: operationId,
      response: operationView,
      handle: ({ session, params }) => undoReview(deps, session, params.operationId),
    }),
  ]
}
