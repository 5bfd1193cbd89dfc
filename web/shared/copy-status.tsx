import type { CopyStatus } from '../../src/copies/contract.ts'
import { Badge, type Tone } from './ui/badge.tsx'
import { useSharedWords } from './words.ts'

const TONES: Readonly<Record<CopyStatus, Tone>> = {
  STAGING: 'neutral',
  READY: 'accent',
  LOCKED: 'warn',
  GRADING_IN_PROGRESS: 'warn',
  GRADED: 'good',
  GRADING_FAILED: 'bad',
}

/** The state of a copy as a badge. */
export function CopyStatusBadge({ status }: { status: CopyStatus }) {
  const words = useSharedWords()
  return <Badge tone={TONES[status]}>{words.copyStatus[status]}</Badge>
}
