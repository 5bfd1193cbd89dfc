import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { CopyStatus, CopyView } from '../../src/copies/contract.ts'
import { announce } from '../shared/announce.tsx'
import { ask } from '../shared/ask.ts'
import type { Desk } from './desk.ts'
import type { Fault } from './desk-dialogs.tsx'
import { useDeskWords } from './desk-words.ts'
import { myCopiesQuery } from './sheet-query.ts'
import { useStateOf } from './use-state-of.ts'

/** The ways in which a copy leaves the desk: finished, or sent back because of its scan; the next one follows. */
export function useFinish(desk: Desk, next: CopyView | undefined) {
  const words = useDeskWords()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [isFinishing, setFinishing] = useStateOf(desk.copyId, false)
  const [error, setError] = useStateOf<unknown>(desk.copyId, undefined)

  const goOn = async (status: CopyStatus) => {
    await desk.release()
    // The list knows it before the server is asked again.
    queries.setQueryData(myCopiesQuery.queryKey, (copies) =>
      copies?.map((copy) => (copy.id === desk.copyId ? { ...copy, status } : copy)),
    )
    announce(next ? words.finished : words.allDone)
    await (next ? navigate({ to: '/copies/$copyId', params: { copyId: next.id } }) : navigate({ to: '/' }))
    await queries.invalidateQueries({ queryKey: myCopiesQuery.queryKey })
  }

  const finish = async () => {
    setFinishing(true)
    setError(undefined)
    try {
      const lockToken = await desk.flush()
      await ask('POST /api/copies/:copyId/finalize', { params: { copyId: desk.copyId }, lockToken })
      await goOn('GRADING_IN_PROGRESS')
    } catch (failure) {
      setError(failure)
    } finally {
      setFinishing(false)
    }
  }

  /** Rejects when the copy cannot be sent back. */
  const report = async (reason: Fault) => {
    const lockToken = await desk.flush()
    const params = { copyId: desk.copyId }
    await ask('POST /api/copies/:copyId/unlock', { params, lockToken })
    await desk.release()
    try {
      await ask('POST /api/copies/:copyId/send-back', { params, body: { reason } })
    } catch (failure) {
      // It is marked on, until it can be sent back.
      await desk.retake()
      throw failure
    }
    await goOn('STAGING')
  }
  return { finish, report, isFinishing, error }
}
