import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import type { AuditEventView, timelineView } from '../../src/audit/contract.ts'
import { ask } from '../shared/ask.ts'
import { checkStream } from './proof/check-stream.ts'

type Page = z.output<typeof timelineView>

/** The events of a copy, all pages of them, in their order. */
async function readTimeline(copyId: string, signal: AbortSignal): Promise<readonly AuditEventView[]> {
  const events: AuditEventView[] = []
  let after: number | undefined = 0
  while (after !== undefined) {
    const page: Page = await ask('GET /api/copies/:copyId/events', {
      params: { copyId },
      query: { after },
      signal,
    })
    events.push(...page.events)
    after = page.nextAfter
  }
  return events
}

/**
 * The events of a copy as they are shown, what proves them, and the verdict of this browser. Asked for together, so that
 * the verdict is about what is shown. Never kept: a check is of the moment at which it was made.
 */
export function checkedTimeline(copyId: string, trustedVkey: string | undefined) {
  return queryOptions({
    queryKey: ['audit', 'copy', copyId, trustedVkey ?? ''],
    queryFn: async ({ signal }) => {
      const of = { isKeyHeld: trustedVkey !== undefined, checkedAt: '' }
      const events = await readTimeline(copyId, signal)
      const streamRef = events[0]?.stream.ref
      if (streamRef === undefined) return { ...of, events, proof: undefined, verdict: undefined }
      const proof = await ask('GET /api/audit/streams/:streamRef/proof', { params: { streamRef }, signal })
      const verdict = await checkStream(proof, events, trustedVkey)
      return { ...of, events, proof, verdict, checkedAt: new Date().toISOString() }
    },
    // With another key, the last verdict stays until there is one by that key.
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  })
}
