import { defineCounter, defineHistogram } from '../observability/metrics.ts'

export const requestsTotal = defineCounter('http_requests_total', 'HTTP requests answered.', {
  method: 'open',
  path: 'open',
  status: 'open',
})

export const requestDuration = defineHistogram(
  'http_request_duration_seconds',
  'Time from the first byte of a request to the end of its answer.',
  { method: 'open', path: 'open' },
  [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10],
)
