import { recordGaps } from '../audit/record-gaps.ts'
import { listUnusedBlobs } from '../copies/blob-store.ts'
import { sweepLostImports } from '../copies/import.ts'
import { sweepUploads } from '../copies/sweep-uploads.ts'
import { sweepLostFinalizations } from '../marking/finalize.ts'
import { expireLocks } from '../marking/lock.ts'
import type { RenderMarkedPdf } from '../marking/render.ts'
import { deleteExpiredSessions } from '../people/store.ts'
import { removeLeftovers } from '../platform/leftovers.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../platform/units.ts'
import type { SweepTask } from '../queue/sweep.ts'
import type { Services } from './services.ts'

/** What one worker of the installation does periodically. */
export function composeSweep(
  services: Services,
  options: { renderMarkedPdf: RenderMarkedPdf; workDirectory: string; uploadsDirectory: string },
): readonly SweepTask[] {
  const { workDirectory, uploadsDirectory: directory } = options
  const finalizing = { ...services, ...options }
  const isOfAJob = (name: string) => /^(import|prepare|finalize)-/.test(name)
  return [
    { name: 'expire-locks', run: () => expireLocks(services) },
    { name: 'lost-imports', run: () => sweepLostImports(services), everyMs: 30 * SECOND },
    { name: 'lost-finalizations', run: () => sweepLostFinalizations(finalizing), everyMs: 30 * SECOND },
    { name: 'audit-gaps', run: () => recordGaps(services), everyMs: 1 * MINUTE },
    { name: 'sweep-sessions', run: () => deleteExpiredSessions(services.db), everyMs: 1 * HOUR },
    { name: 'sweep-work', run: () => removeLeftovers(workDirectory, 1 * DAY, isOfAJob), everyMs: 1 * HOUR },
    { name: 'sweep-uploads', run: () => sweepUploads({ ...services, directory }), everyMs: 1 * HOUR },
    {
      name: 'sweep-blobs',
      run: () => services.blobs.sweep((hashes) => listUnusedBlobs(services.db, hashes)),
      everyMs: 1 * DAY,
    },
  ]
}
