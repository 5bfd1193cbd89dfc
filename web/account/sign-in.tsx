import { createLazyRoute, useNavigate } from '@tanstack/react-router'
import { Info } from 'lucide-react'
import { changeLanguage } from '../shared/change-language.ts'
import { Logo } from '../shared/logo.tsx'
import { usePageTitle } from '../shared/page.tsx'
import { useSettings } from '../shared/settings.ts'
import { SignInForm } from '../shared/sign-in-form.tsx'
import { Choice } from '../shared/ui/choice.tsx'
import { useSharedWords } from '../shared/words.ts'

function SignIn() {
  const { product, signIn: words } = useSharedWords()
  const { language } = useSettings()
  const { from, isOver } = route.useSearch()
  const navigate = useNavigate()
  usePageTitle(words.title)
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-8 px-4 py-12">
      <div className="flex w-full max-w-sm flex-col gap-6">
        <div className="flex flex-col items-center gap-3 text-center">
          <Logo className="size-12" />
          <p className="font-semibold font-serif text-2xl tracking-tight">{product}</p>
          <p className="text-muted text-sm">{words.lead}</p>
        </div>
        <div className="flex flex-col gap-6 rounded-xl border border-line bg-surface p-6 shadow-card">
          <h1 className="font-semibold text-xl">{words.title}</h1>
          {isOver && (
            <p className="flex gap-2 rounded-lg bg-accent-soft p-3 text-accent text-sm">
              <Info aria-hidden className="mt-px size-4 shrink-0" />
              {words.over}
            </p>
          )}
          <SignInForm onSignedIn={() => navigate({ href: from ?? '/', replace: true })} />
        </div>
        <p className="text-center text-muted text-sm">{words.help}</p>
      </div>
      <Choice
        legend={words.language}
        value={language}
        options={[
          { value: 'fr', label: 'Français', lang: 'fr' },
          { value: 'en', label: 'English', lang: 'en' },
        ]}
        onChange={(value) => void changeLanguage(value)}
      />
    </main>
  )
}

export const route = createLazyRoute('/sign-in')({ component: SignIn })
