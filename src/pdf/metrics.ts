import { defineCounter } from '../observability/metrics.ts'
import type { EngineFaultCode } from './errors.ts'

const engineFaults = defineCounter('pdf_engine_faults_total', 'Engine processes that were killed or lost.', {
  code: ['out-of-memory', 'engine-fault', 'timeout'],
})

export function countEngineFault(code: EngineFaultCode): void {
  engineFaults.inc({ code })
}
