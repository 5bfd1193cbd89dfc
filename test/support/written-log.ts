/** Ids of an invented story; their short forms differ. */
export const STORY = {
  requestId: 'click-0001',
  account: '0198f3a2-7a55-7c11-9d34-0000acc00001',
  actor: '0198f3a2-7a55-4c11-9d34-0000ac700001',
  copy: '0198f3a2-7a55-7c11-9d34-0000c0b10001',
  stream: '0198f3a2-7a55-4c11-9d34-000057ea0001',
  job: '0198f3a2-7a55-4c11-9d34-0000f0b00001',
} as const

const START = Date.parse('2026-11-23T06:15:00.000Z')

/** The moment so many seconds into the story. */
export function moment(seconds: number): Date {
  return new Date(START + Math.round(seconds * 1_000))
}

/** A line as the log writes it, at that second of the story. */
export function lineAt(
  seconds: number,
  event: string,
  fields: Readonly<Record<string, unknown>> = {},
): string {
  const { level = 'INFO', logger = 'app', ...rest } = fields
  const head = { level, severity_number: 9, logger, event, request_id: STORY.requestId, user_id: 'system' }
  return JSON.stringify({ time: moment(seconds).toISOString(), ...head, ...rest })
}

const OF_JOB = { logger: 'jobs', 'job.id': STORY.job, 'copy.id': STORY.copy, 'job.queue': 'finalize-copy' }

/** The lines of a click that asks for a finalization whose first attempt fails, as the two processes write them. */
export const CLICK_LINES = {
  api: [
    lineAt(0.03, 'audit.appended', {
      logger: 'audit',
      user_id: STORY.account,
      'copy.id': STORY.copy,
      'audit.action': 'FINALIZE_REQUEST',
      'audit.stream_kind': 'copy',
      'audit.stream': STORY.stream,
      'audit.seq': 20,
    }),
    lineAt(0.04, 'http.request', {
      logger: 'http',
      user_id: STORY.account,
      'http.request.method': 'POST',
      'http.route': '/api/copies/:copyId/finalize',
      'http.response.status_code': 202,
      duration_ms: 40,
      'copy.id': STORY.copy,
    }),
  ],
  worker: [
    lineAt(1.1, 'job.run', { ...OF_JOB, 'job.attempt': 1, 'job.outcome': 'retry', duration_ms: 1_000 }),
    lineAt(1.1, 'job.failed', {
      ...OF_JOB,
      level: 'WARNING',
      'job.attempt': 1,
      'error.code': 'engine-fault',
      'exception.type': 'AppError',
      'exception.stacktrace': ['pdf/errors.ts:40:engineError', 'pdf/engine-pool.ts:229:fail'],
    }),
    lineAt(4.2, 'job.run', { ...OF_JOB, 'job.attempt': 2, 'job.outcome': 'completed', duration_ms: 1_200 }),
  ],
} as const
