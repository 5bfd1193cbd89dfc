import { Link } from '@tanstack/react-router'
import { Button, buttonClass } from './ui/button.tsx'
import { Dialog } from './ui/dialog.tsx'
import { useSharedWords } from './words.ts'

type SignOutDialogProps = {
  /** How much waits, by copy. */
  unsent: ReadonlyMap<string, number>
  onLeave: () => void
  onClose: () => void
}

/** Asked only when signing out would lose work: this device forgets what the service has not taken. */
export function SignOutDialog({ unsent, onLeave, onClose }: SignOutDialogProps) {
  const { unsent: words, signOut } = useSharedWords()
  const [copyId = ''] = unsent.keys()
  const changes = [...unsent.values()].reduce((sum, count) => sum + count, 0)
  return (
    <Dialog
      title={words.title}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onClick={onLeave}>{words.leave(signOut)}</Button>
          <Link to="/copies/$copyId" params={{ copyId }} onClick={onClose} className={buttonClass('primary')}>
            {words.open}
          </Link>
        </>
      }
    >
      <p className="text-sm">{words.text(changes)}</p>
    </Dialog>
  )
}
