import { useQuery } from '@tanstack/react-query'
import { createLazyRoute, getRouteApi, Link } from '@tanstack/react-router'
import { BookX } from 'lucide-react'
import { Loaded } from '../shared/loaded.tsx'
import { Page } from '../shared/page.tsx'
import { type Language, useLanguage } from '../shared/settings.ts'
import { buttonClass } from '../shared/ui/button.tsx'
import { Empty } from '../shared/ui/empty.tsx'
import { useWords } from '../shared/words.ts'
import { playbookWords } from './playbook-words.ts'
import { Prose } from './prose.tsx'

const { useParams } = getRouteApi('/signed-in/console/playbook/$scenario')

/** The pages of `docs/playbook`, each in a file of its own that is fetched when it is read. */
const PAGES = import.meta.glob<string>('../../docs/playbook/*/*.md', { query: '?raw', import: 'default' })

async function readPage(language: Language, scenario: string): Promise<string | null> {
  return (await PAGES[`../../docs/playbook/${language}/${scenario}.md`]?.()) ?? null
}

/** What to do about an incident, as the playbook has it. */
function Playbook() {
  const { scenario } = useParams()
  const words = useWords(playbookWords)
  const language = useLanguage()
  const page = useQuery({
    queryKey: ['playbook', language, scenario],
    queryFn: () => readPage(language, scenario),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const title = /^# (.*)$/m.exec(page.data ?? '')?.[1] ?? words.title
  return (
    <Page
      title={title}
      actions={
        <Link to="/console" className={buttonClass()}>
          {words.back}
        </Link>
      }
    >
      <Loaded query={page}>
        {(markdown) =>
          markdown === null ? (
            <Empty icon={BookX} title={words.missing}>
              {words.missingText}
            </Empty>
          ) : (
            <Prose markdown={markdown} />
          )
        }
      </Loaded>
    </Page>
  )
}

export const route = createLazyRoute('/signed-in/console/playbook/$scenario')({ component: Playbook })
