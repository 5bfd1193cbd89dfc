import { makeExamWith, makeReadyCopy, type Staff } from '../../support/builders.ts'
import type { TestClient } from '../../support/client.ts'
import { gradeCopy } from '../../support/erasing.ts'

/** Has a copy of another exam graded, linked to a student and released, over the API; returns its id. */
export async function releaseCopy({ admin, marker }: Staff, student: TestClient): Promise<string> {
  const staff = await makeExamWith(admin, marker)
  const path = await makeReadyCopy(staff)
  await gradeCopy(marker, path)
  await admin.call('PUT', `${path}/student`, { body: { accountId: student.accountId } })
  const body = { isReleased: true }
  await admin.call('PUT', `/api/exams/${staff.examId}/release`, { body, version: 0 })
  return path.split('/').at(-1) ?? ''
}
