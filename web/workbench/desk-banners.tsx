import type { CopyView } from '../../src/copies/contract.ts'
import { Problem } from '../shared/problem.tsx'
import type { Account } from '../shared/session.ts'
import { Button } from '../shared/ui/button.tsx'
import type { Desk } from './desk.ts'
import type { DeskState } from './desk-state.ts'
import { useDeskWords } from './desk-words.ts'
import { FailedCopy } from './failed-copy.tsx'
import { LeaseBanner } from './lease-banner.tsx'
import { ReadingBanner } from './reading-banner.tsx'

type DeskBannersProps = { copy: CopyView; account: Account; desk: Desk; state: DeskState }

/** What one must know before going on: no lock, a copy that is read only or has failed, a change that was refused. */
export function DeskBanners({ copy, account, desk, state }: DeskBannersProps) {
  const words = useDeskWords()
  const canRetry = copy.status === 'GRADING_FAILED' && account.role !== 'auditor'
  return (
    <>
      <LeaseBanner state={state} onTakeOver={() => void desk.takeOver()} />
      {canRetry && <FailedCopy copyId={copy.id} />}
      {state.lease.kind === 'reading' && !canRetry && <ReadingBanner copy={copy} account={account} />}
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
