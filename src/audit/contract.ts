import { z } from 'zod'
import { idSchema } from '../platform/contract.ts'

/** One event as a reader sees it. A sealed member is its value for those entitled, else `{"sealed": true}`. */
export const auditEventView = z.object({
  seq: z.int(),
  action: z.string(),
  actor: z.object({ kind: z.enum(['user', 'operator', 'system']), ref: idSchema.nullable() }),
  requestId: z.string(),
  occurredAt: z.iso.datetime(),
  metadata: z.record(z.string(), z.unknown()),
})
export type AuditEventView = z.output<typeof auditEventView>

export const timelineView = z.object({
  events: z.array(auditEventView),
  /** `seq` to continue after, absent at the end. */
  nextAfter: z.int().optional(),
})
