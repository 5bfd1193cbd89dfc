import { AUDIT_FAULTS } from './audit-faults.ts'
import type { Fault } from './fault.ts'
import { FINALIZATION_FAULTS } from './finalization-faults.ts'
import { IMPORT_FAULTS } from './import-faults.ts'
import { LATENCY_FAULTS } from './latency-faults.ts'
import { LOCK_FAULTS } from './lock-faults.ts'

/** Every root cause of the playbook, in its order. */
export const FAULTS: readonly Fault[] = [
  ...IMPORT_FAULTS,
  ...FINALIZATION_FAULTS,
  ...LOCK_FAULTS,
  ...LATENCY_FAULTS,
  ...AUDIT_FAULTS,
]
