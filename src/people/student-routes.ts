import { z } from 'zod'
import type { AppendEvent } from '../audit/append.ts'
import { copyId } from '../copies/contract.ts'
import { examId } from '../exams/contract.ts'
import { reveal } from '../observability/sensitive.ts'
import type { Database } from '../platform/database.ts'
import { defineRoute, type Route } from '../platform/http-route.ts'
import { copyStudent, readableCopies, studentList } from './contract.ts'
import { linkStudent, unlinkStudent } from './link-student.ts'
import { listReadable, listStudents } from './student-store.ts'

const ADMIN = { roles: ['admin'], ownership: 'none' } as const

/** Whose copies they are, over HTTP. */
export function studentRoutes(deps: {
  readonly db: Database
  readonly appendEvent: AppendEvent
}): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/exams/:examId/students',
      summary: 'Whose the copies of this exam are, as far as it was said.',
      access: ADMIN,
      params: examId,
      response: studentList,
      handle: async ({ params }) => ({
        students: (await listStudents(deps.db, params.examId)).map((student) => ({
          ...student,
          name: reveal(student.name, 'show-to-entitled-user'),
        })),
      }),
    }),
    defineRoute({
      method: 'PUT',
      path: '/api/copies/:copyId/student',
      summary: 'Say whose copy it is.',
      access: ADMIN,
      params: copyId,
      body: copyStudent,
      status: 204,
      response: z.void(),
      handle: ({ params, body }) => linkStudent(deps, { ...params, ...body }),
    }),
    defineRoute({
      method: 'DELETE',
      path: '/api/copies/:copyId/student',
      summary: 'Take back whose copy it is.',
      access: ADMIN,
      params: copyId,
      status: 204,
      response: z.void(),
      handle: ({ params }) => unlinkStudent(deps, params.copyId),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/my/results',
      summary: 'Your marked copies of exams that are released.',
      access: { roles: ['student'], ownership: 'none' },
      response: readableCopies,
      handle: async ({ session }) => ({
        copies: (await listReadable(deps.db, session.accountId)).map((copy) => ({
          copyId: copy.copyId,
          examTitle: reveal(copy.examTitle, 'show-to-entitled-user'),
          releasedAt: copy.releasedAt.toISOString(),
        })),
      }),
    }),
  ]
}
