import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Page } from '../shared/page.tsx'
import { useAccount } from '../shared/session.ts'
import { buttonClass } from '../shared/ui/button.tsx'
import { useWords } from '../shared/words.ts'
import { ExamTable, NewExamLink } from './exam-table.tsx'
import { examsQuery } from './queries.ts'
import { examWords } from './words.ts'

const SHOWN = 8

/** The home of administrators and auditors: the newest exams. */
export function ExamsHome() {
  const words = useWords(examWords)
  const { data } = useQuery(examsQuery)
  const isAdmin = useAccount()?.role === 'admin'
  return (
    <Page
      title={words.recent}
      actions={
        <>
          <Link to="/exams" className={buttonClass()}>
            {words.all}
          </Link>
          {isAdmin && data && data.length > 0 && <NewExamLink />}
        </>
      }
    >
      <ExamTable limit={SHOWN} />
    </Page>
  )
}
