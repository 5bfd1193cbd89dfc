import { defineRoute, type Route } from '../platform/http-route.ts'
import { changeCodePattern } from './code-pattern.ts'
import {
  codePatternInput,
  codePatternView,
  examId,
  examList,
  examView,
  newExam,
  newMarker,
  releaseInput,
  rubricInput,
} from './contract.ts'
import { addMarker, createExam, type ExamsDeps, getExam, listExamsFor, replaceRubric } from './exams.ts'
import { changeRelease } from './release.ts'

export function examRoutes(deps: ExamsDeps): readonly Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/api/exams',
      summary: 'Make an exam, with or without its rubric.',
      access: { roles: ['admin'], ownership: 'none' },
      body: newExam,
      status: 201,
      response: examView,
      handle: ({ session, body }) => createExam(deps, session, body),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/exams',
      summary: 'The exams you may see, newest first.',
      access: { roles: ['admin', 'auditor', 'marker'], ownership: 'none' },
      response: examList,
      handle: async ({ session }) => ({ exams: await listExamsFor(deps, session) }),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/exams/:examId',
      summary: 'One exam with its rubric and its markers.',
      access: { roles: ['admin', 'auditor', 'marker'], ownership: 'exam-marker' },
      params: examId,
      response: examView,
      handle: ({ params }) => getExam(deps, params.examId),
    }),
    defineRoute({
      method: 'PUT',
      path: '/api/exams/:examId/rubric',
      summary: 'Replace the rubric, as long as no copy is marked with it.',
      access: { roles: ['admin'], ownership: 'none' },
      params: examId,
      body: rubricInput,
      needsVersion: true,
      response: examView,
      handle: ({ params, body, version }) =>
        replaceRubric(deps, { examId: params.examId, version, items: body.items }),
    }),
    defineRoute({
      method: 'PUT',
      path: '/api/exams/:examId/code-pattern',
      summary: 'Say how the sheets are coded, tried on a sample; scans uploaded from then on are read by it.',
      access: { roles: ['admin'], ownership: 'none' },
      params: examId,
      body: codePatternInput,
      response: codePatternView,
      handle: ({ params, body }) => changeCodePattern(deps, { ...params, ...body }),
    }),
    defineRoute({
      method: 'PUT',
      path: '/api/exams/:examId/release',
      summary: 'Let students read their graded copies of this exam, or no longer.',
      access: { roles: ['admin'], ownership: 'none' },
      params: examId,
      body: releaseInput,
      needsVersion: true,
      response: examView,
      handle: ({ params, body, version }) => changeRelease(deps, { ...params, ...body, version }),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/exams/:examId/markers',
      summary: 'Let an account mark copies of this exam.',
      access: { roles: ['admin'], ownership: 'none' },
      params: examId,
      body: newMarker,
      response: examView,
      handle: ({ params, body }) => addMarker(deps, { examId: params.examId, markerId: body.markerId }),
    }),
  ]
}
