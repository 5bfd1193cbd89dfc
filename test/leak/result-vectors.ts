import { finalize, makeCopy, makeExam, mark } from './deeds.ts'
import { said } from './speaker.ts'
import type { Vector } from './vector.ts'
import type { World } from './world.ts'

export const RESULT_VECTORS: readonly Vector<World>[] = [
  {
    name: 'a copy that its student reads',
    path: 'the name of the student, and all that is in the copy, linked, released, read and withdrawn',
    outcome: '204, 200, 200, 200, 200, 403 not-assigned, 204',
    provoke: async (world, canary) => {
      const [admin, student] = [await world.as('admin'), await world.as('student')]
      const examId = await makeExam(world, canary)
      const office = { ...world, examId: async () => examId }
      const path = await makeCopy(office, canary)
      await finalize(office, path, await mark(office, canary, path))
      const { accountId } = student
      const answers = [await admin.call('PUT', `${path}/student`, { body: { accountId } })]
      const release = { body: { isReleased: true }, version: 0 }
      answers.push(await admin.call('PUT', `/api/exams/${examId}/release`, release))
      const result = path.replace('copies', 'my/results')
      const parts = ['', '/pages/1', '/marked']
      for (const role of ['auditor', 'marker', 'operator', 'admin'] as const) {
        const other = await world.as(role)
        for (const part of parts) await other.get(`${result}${part}`)
        await other.get(`/api/exams/${examId}/students`)
      }
      await student.get('/api/my/results')
      for (const part of parts) answers.push(await student.get(`${result}${part}`))
      const withdrawal = { body: { isReleased: false }, version: 1 }
      await admin.call('PUT', `/api/exams/${examId}/release`, withdrawal)
      answers.push(await student.get(result), await admin.call('DELETE', `${path}/student`))
      return answers.map(said).join(', ')
    },
  },
]
