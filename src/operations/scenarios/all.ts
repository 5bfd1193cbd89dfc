import { finalizationFailing } from './finalization-failing.ts'
import { highLatency } from './high-latency.ts'
import { importStuck } from './import-stuck.ts'
import { lockConflicts } from './lock-conflicts.ts'
import { missingAuditEvents } from './missing-audit-events.ts'
import type { Scenario } from './scenario.ts'

/** Every scenario of the playbook, in its order. */
export const SCENARIOS: readonly Scenario[] = [
  importStuck,
  finalizationFailing,
  lockConflicts,
  highLatency,
  missingAuditEvents,
]
