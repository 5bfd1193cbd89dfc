import { copyId, pageParams, pageQuery } from '../copies/contract.ts'
import { readPageImage } from '../copies/read.ts'
import { defineRoute, type Route } from '../platform/http-route.ts'
import { resultView } from './contract.ts'
import type { MarkingDeps } from './deps.ts'
import { exportMarkedPdf } from './export.ts'
import { readResult } from './read-result.ts'

/** Nobody learns from a refusal whether there is such a copy, whose it is, or whether it is graded. */
const OWN = { roles: ['student'], ownership: 'released-copy' } as const

/** What students read of their own copies, once the exam is released. */
export function resultRoutes(deps: MarkingDeps): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/my/results/:copyId',
      summary: 'Your marked copy: its scores, its annotations and how many pages it has.',
      access: OWN,
      params: copyId,
      response: resultView,
      handle: ({ params }) => readResult(deps, params.copyId),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/my/results/:copyId/pages/:pageNumber',
      summary: 'The image of a page of your marked copy, without the annotations.',
      access: OWN,
      params: pageParams,
      query: pageQuery,
      response: { file: 'image/*' },
      handle: ({ params, query }) => readPageImage(deps, { ...params, ...query }),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/my/results/:copyId/marked',
      summary: 'Your marked copy as a PDF.',
      access: OWN,
      params: copyId,
      response: { file: 'application/pdf' },
      handle: ({ params }) => exportMarkedPdf(deps, params.copyId),
    }),
  ]
}
