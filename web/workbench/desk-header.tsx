import { Link } from '@tanstack/react-router'
import { ChevronLeft, Flag, Grid2x2, Keyboard } from 'lucide-react'
import type { ReactNode } from 'react'
import { usePageTitle } from '../shared/page.tsx'
import type { Role } from '../shared/session.ts'
import { Button } from '../shared/ui/button.tsx'
import { useWords } from '../shared/words.ts'
import type { DeskState } from './desk-state.ts'
import { useDeskWords } from './desk-words.ts'
import type { Letters } from './keymap.ts'
import type { DeskData } from './sheet-query.ts'
import { workbenchWords } from './words.ts'

type DeskHeaderProps = {
  data: DeskData
  role: Role
  state: DeskState
  progress: { done: number; all: number } | undefined
  canReport: boolean
  letters: Letters
  onOpen: (dialog: 'report' | 'contact-sheet' | 'shortcuts') => void
  /** The state of saving. */
  children: ReactNode
}

/** What is marked, how far one is, and whether it is saved. */
export function DeskHeader(props: DeskHeaderProps) {
  const words = useDeskWords()
  const { copy: title } = useWords(workbenchWords)
  const { data, state, progress, letters } = props
  const name = title(data.copy.anonymousId)
  usePageTitle(name)
  const lock = {
    asking: words.lock.asking,
    held: words.lock.held,
    elsewhere: words.reading,
    gone: words.reading,
    reading: words.reading,
  }
  return (
    <header className="flex shrink-0 flex-wrap items-center gap-x-4 gap-y-1 border-line border-b bg-surface px-3 py-1.5">
      <Back role={props.role} examId={data.exam.id} />
      <div className="flex min-w-0 flex-wrap items-baseline gap-x-3">
        <h1 className="font-semibold text-lg">{name}</h1>
        <span className="min-w-0 truncate text-muted text-sm">{data.exam.title}</span>
      </div>
      {progress && (
        <label className="flex items-center gap-2 text-muted text-sm">
          {words.progress(progress.done, progress.all)}
          <progress
            value={progress.done}
            max={progress.all}
            className="h-2 w-20 appearance-none overflow-hidden rounded-full bg-sunken [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent"
          />
        </label>
      )}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 sm:ms-auto">
        {state.lease.kind !== 'reading' && state.lease.kind !== 'gone' && props.children}
        <span className="text-muted text-sm" data-lease={state.lease.kind}>
          {lock[state.lease.kind]}
        </span>
        <span className="flex gap-1">
          {props.canReport && (
            <Head
              icon={Flag}
              name={words.report}
              letter={letters.report}
              act={() => props.onOpen('report')}
            />
          )}
          <Head
            icon={Grid2x2}
            name={words.contactSheet}
            letter={letters.contactSheet}
            act={() => props.onOpen('contact-sheet')}
          />
          <Head icon={Keyboard} name={words.shortcuts} letter="?" act={() => props.onOpen('shortcuts')} />
        </span>
      </div>
    </header>
  )
}

/** To where one comes from: the exam for whoever administers it, the home of their role for the others. */
function Back({ role, examId }: { role: Role; examId: string }) {
  const { back } = useDeskWords()
  const look = {
    className: 'inline-flex min-h-10 items-center gap-1 rounded-md pe-2 text-accent text-sm',
    children: (
      <>
        <ChevronLeft aria-hidden className="size-4" />
        {role === 'admin' || role === 'auditor' ? back[role] : back.marker}
      </>
    ),
  }
  return role === 'admin' ? (
    <Link to="/exams/$examId" params={{ examId }} {...look} />
  ) : (
    <Link to="/" {...look} />
  )
}

function Head(props: { icon: typeof Flag; name: string; letter: string; act: () => void }) {
  const { icon: Icon, name, letter } = props
  return (
    <Button
      look="quiet"
      size="icon"
      aria-label={name}
      title={`${name} (${letter.toUpperCase()})`}
      onClick={props.act}
    >
      <Icon aria-hidden className="size-5" />
    </Button>
  )
}
