import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Eye, EyeOff } from 'lucide-react'
import { type SubmitEvent, useRef, useState } from 'react'
import { Problem } from './problem.tsx'
import { type Account, signIn } from './session.ts'
import { Button } from './ui/button.tsx'
import { Field } from './ui/field.tsx'
import { useSharedWords } from './words.ts'

type Credentials = { readonly email: string; readonly password: string }

/** Address and password; also for a dialog over a screen whose session has ended. */
export function SignInForm({ onSignedIn }: { onSignedIn: (account: Account | null) => unknown }) {
  const { signIn: words } = useSharedWords()
  const queries = useQueryClient()
  const [isShown, setShown] = useState(false)
  const [missing, setMissing] = useState<ReadonlySet<string>>(new Set())
  const form = useRef<HTMLFormElement>(null)
  const attempt = useMutation({
    mutationFn: ({ email, password }: Credentials) => signIn(queries, email, password),
    onSuccess: (account) => onSignedIn(account),
    onError: () => focusOn('password'),
  })
  const focusOn = (name: string) => form.current?.querySelector<HTMLElement>(`[name=${name}]`)?.focus()
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    const credentials = { email: String(given.get('email')).trim(), password: String(given.get('password')) }
    const empty = (['email', 'password'] as const).filter((name) => credentials[name] === '')
    setMissing(new Set(empty))
    if (empty[0]) focusOn(empty[0])
    else attempt.mutate(credentials)
  }
  const ShownIcon = isShown ? EyeOff : Eye
  const errorOf = (name: string) => (missing.has(name) ? words.required : undefined)
  return (
    <form ref={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
      {attempt.isError && <Problem error={attempt.error} />}
      <Field
        label={words.email}
        name="email"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        error={errorOf('email')}
      />
      <Field
        label={words.password}
        name="password"
        type={isShown ? 'text' : 'password'}
        autoComplete="current-password"
        error={errorOf('password')}
        end={
          <Button
            look="quiet"
            size="small"
            className="px-2"
            aria-label={isShown ? words.hide : words.show}
            onClick={() => setShown(!isShown)}
          >
            <ShownIcon aria-hidden className="size-4" />
          </Button>
        }
      />
      <Button type="submit" look="primary" className="mt-2" disabled={attempt.isPending}>
        {attempt.isPending ? words.submitting : words.submit}
      </Button>
    </form>
  )
}
