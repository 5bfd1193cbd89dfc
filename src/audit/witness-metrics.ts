import { defineCounter } from '../observability/metrics.ts'

const STATUSES = ['200', '400', '403', '404', '409', '413', '422', '500', '503'] as const

const answers = defineCounter({
  name: 'audit_witness_answers_total',
  help: 'Answers to logs that asked for a cosignature, by HTTP status.',
  exposedBy: 'witness',
  labels: { status: STATUSES },
})

export function countWitnessAnswer(status: number): void {
  answers.inc({ status: String(status) as (typeof STATUSES)[number] })
}
