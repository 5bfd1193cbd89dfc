import { defineCounter } from './metrics.ts'
import { WRITE_ERROR_REASONS, type WriteErrorReason } from './write-errors.ts'

const writeErrors = defineCounter({
  name: 'log_write_errors_total',
  help: 'Log lines that could not be written.',
  exposedBy: 'both',
  labels: { reason: WRITE_ERROR_REASONS },
})
const fieldsDropped = defineCounter({
  name: 'log_fields_dropped_total',
  help: 'Log values that were not allowed and left out.',
  exposedBy: 'both',
  labels: {},
})

export function countLogWriteError(reason: WriteErrorReason): void {
  writeErrors.inc({ reason })
}

export function countDroppedFields(count: number): void {
  fieldsDropped.inc({}, count)
}
