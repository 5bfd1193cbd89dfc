import type { CopyView } from '../../src/copies/contract.ts'
import { Problem } from '../shared/problem.tsx'
import { Button } from '../shared/ui/button.tsx'
import type { Desk } from './desk.ts'
import type { DeskState } from './desk-state.ts'
import { useDeskWords } from './desk-words.ts'
import { FailedCopy } from './failed-copy.tsx'
import { LeaseBanner } from './lease-banner.tsx'

/** What a marker must know before going on: no lock, a copy that failed, a change that was refused. */
export function DeskBanners({ copy, desk, state }: { copy: CopyView; desk: Desk; state: DeskState }) {
  const words = useDeskWords()
  return (
    <>
      <LeaseBanner state={state} onTakeOver={() => void desk.takeOver()} />
      {copy.status === 'GRADING_FAILED' && <FailedCopy copyId={copy.id} />}
      {state.refusal !== undefined && (
        <div className="flex shrink-0 flex-wrap items-center gap-3 bg-bad-soft px-4 py-2 text-sm">
          <p>{words.refused}</p>
          <Problem error={state.refusal} />
          <Button size="small" onClick={() => desk.forgetRefusal()}>
            {words.dismiss}
          </Button>
        </div>
      )}
    </>
  )
}
