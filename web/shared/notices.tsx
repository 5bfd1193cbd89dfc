import { Link } from '@tanstack/react-router'
import { Page } from './page.tsx'
import { Problem } from './problem.tsx'
import { buttonClass } from './ui/button.tsx'
import { useSharedWords } from './words.ts'

export function NotFound() {
  const words = useSharedWords()
  return (
    <main>
      <Page title={words.notFound.title} lead={words.notFound.text}>
        <Link to="/" className={`${buttonClass()} self-start`}>
          {words.notFound.home}
        </Link>
      </Page>
    </main>
  )
}

/** Over http, except to one's own machine, browsers give no locks between tabs, no hashes and no ids. */
export function Insecure() {
  const words = useSharedWords()
  return (
    <main>
      <Page title={words.insecure.title} lead={words.insecure.text}>
        {null}
      </Page>
    </main>
  )
}

export function NotForYou() {
  const words = useSharedWords()
  return (
    <Page title={words.notForYou.title} lead={words.notForYou.text}>
      <Link to="/" className={`${buttonClass()} self-start`}>
        {words.notFound.home}
      </Link>
    </Page>
  )
}

/** A screen that broke, or could not be fetched. */
export function Broken({ error, reset }: { error: unknown; reset: () => void }) {
  const words = useSharedWords()
  return (
    <Page title={words.failed.title}>
      <Problem error={error} onRetry={reset} />
    </Page>
  )
}
