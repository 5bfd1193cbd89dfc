import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useRouter } from '@tanstack/react-router'
import { useAccount } from './session.ts'
import { SignInForm } from './sign-in-form.tsx'
import { Dialog } from './ui/dialog.tsx'
import { useSharedWords } from './words.ts'

/** Over the screen whose session has ended: whoever signs in again goes on where they were, anybody else at home. */
export function SessionOver() {
  const { signIn: words } = useSharedWords()
  const queries = useQueryClient()
  const router = useRouter()
  const navigate = useNavigate()
  const before = useAccount()?.id
  const goOn = async (accountId: string | undefined) => {
    if (accountId !== before) await navigate({ to: '/' })
    await queries.invalidateQueries()
  }
  const leave = () => navigate({ to: '/sign-in', search: { from: router.state.location.href, isOver: true } })
  return (
    <Dialog title={words.title} isOpen onClose={() => void leave()}>
      <p className="mb-4 text-muted text-sm">{words.over}</p>
      <SignInForm onSignedIn={(account) => goOn(account?.id)} />
    </Dialog>
  )
}
