import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Page } from '../shared/page.tsx'
import { buttonClass } from '../shared/ui/button.tsx'
import { useWords } from '../shared/words.ts'
import { healthQuery } from './console-queries.ts'
import { HealthTable } from './health.tsx'
import { SearchForm } from './search-form.tsx'
import { consoleWords } from './words.ts'

/** The home of operators: whether everything runs, and the way to the console. */
export function OperatorHome() {
  const words = useWords(consoleWords)
  const { data } = useQuery(healthQuery)
  const isWell = data?.api.status === 'ok' && data.worker?.status === 'ok'
  return (
    <Page
      title={words.homeTitle}
      lead={data && (isWell ? words.allWell : words.notWell)}
      actions={
        <Link to="/console" className={buttonClass('primary')}>
          {words.open}
        </Link>
      }
    >
      <SearchForm />
      <HealthTable />
    </Page>
  )
}
