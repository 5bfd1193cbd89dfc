import { createLazyRoute } from '@tanstack/react-router'
import { Page } from '../shared/page.tsx'
import { useAccount } from '../shared/session.ts'
import { useWords } from '../shared/words.ts'
import { ExamTable, NewExamLink } from './exam-table.tsx'
import { examWords } from './words.ts'

function ExamList() {
  const words = useWords(examWords)
  const isAdmin = useAccount()?.role === 'admin'
  return (
    <Page title={words.title} actions={isAdmin && <NewExamLink />}>
      <ExamTable />
    </Page>
  )
}

export const route = createLazyRoute('/signed-in/exams')({ component: ExamList })
