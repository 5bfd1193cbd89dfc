import type { FindingKind } from './finding.ts'

/** A finding that is right as it is. The line is not named, so that it may move. */
export type Accepted = {
  readonly kind: FindingKind
  readonly file: string
  /** The function, or `(module)`. */
  readonly within: string
  readonly subject: string
  readonly reason: string
  /** What will make the entry go away, when it is right for now only. */
  readonly until?: string
}

const CATALOGUE = { file: 'src/observability/events.ts', within: '(module)' } as const
export const ACCEPTED: readonly Accepted[] = [
  {
    kind: 'event-not-literal',
    file: 'src/observability/warn.ts',
    within: 'warnOncePerMinute',
    subject: 'event',
    reason: 'Its type is a union of two literals; the function sees to it that each is said once a minute.',
  },
  {
    kind: 'fields-elsewhere',
    file: 'src/bin/lifecycle.ts',
    within: 'logEnd',
    subject: 'fields',
    reason: 'Its callers name them, in place or in `reasonFields` beside it.',
  },
  {
    kind: 'cast-in-log',
    file: 'src/bin/lifecycle.ts',
    within: 'reasonFields',
    subject: "signal as Fields['process.signal']",
    reason: 'The library gives a word of the system; the shape of the field drops any that is not listed.',
  },
  {
    kind: 'work-without-context',
    file: 'src/audit/record-read.ts',
    within: 'createRecordRead',
    subject: 'event, from src/bin/paraph.ts',
    reason: 'Made when the api starts, called by routes: inside the context of their request.',
  },
  {
    kind: 'work-without-context',
    file: 'src/audit/record-denial.ts',
    within: 'createRecordDenial',
    subject: 'event, from src/bin/paraph.ts',
    reason: 'Made when the api starts, called by the HTTP frame: inside the context of the refused request.',
  },
  {
    kind: 'brand-given',
    file: 'src/platform/ids.ts',
    within: 'newId',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the source, as it stands
    subject: '`${time}${counter.toString(16)}-${randomUUID().slice(19)}` …',
    reason: 'Made here.',
  },
  {
    kind: 'brand-given',
    file: 'src/platform/ids.ts',
    within: 'newRef',
    subject: 'randomUUID() as string as Id',
    reason: 'Made here.',
  },
  {
    kind: 'brand-given',
    file: 'src/observability/metrics.ts',
    within: 'recordSafely',
    subject: 'name as MetricName',
    reason: 'The name that the family was declared with.',
  },
  {
    kind: 'brand-given',
    file: 'src/observability/scrape.ts',
    within: 'render',
    subject: 'name as MetricName',
    reason: 'The name that the family was declared with.',
  },
  {
    kind: 'brand-given',
    file: 'src/http/observation.ts',
    within: '(module)',
    subject: "'*' as RouteTemplate",
    reason: 'A constant: what stands for no route.',
  },
  {
    kind: 'brand-given',
    file: 'src/http/observation.ts',
    within: 'recordRequest',
    subject: '(request.routeOptions.url ?? NO_ROUTE) as RouteTemplate',
    reason:
      'What the framework calls the URL of a route is the template that the route declares, never an address.',
  },
  {
    kind: 'cast-in-log',
    file: 'src/http/observation.ts',
    within: 'recordRequest',
    subject: 'request.method as Method',
    reason: 'The closed list has just been asked whether it holds the word.',
  },
  {
    kind: 'inherited-stdio',
    file: 'src/bin/keep-running.ts',
    within: 'start',
    subject: 'fork',
    reason: 'The child is the api, the worker or the witness: what it may write is in this report.',
  },
  {
    kind: 'error-text',
    file: 'src/http/problem.ts',
    within: 'messageOf',
    subject: 'error.message',
    reason: 'Compared with the closed sentences of libraries whose errors have no code; it goes nowhere.',
  },
  {
    kind: 'error-text',
    file: 'src/platform/connection-lost.ts',
    within: 'isConnectionLost',
    subject: 'error.message',
    reason: 'Compared with the closed sentences of the driver, whose errors have no code; it goes nowhere.',
  },
  {
    kind: 'console',
    file: 'src/bin/foreign-output.ts',
    within: 'silenceForeignOutput',
    subject: 'globalThis.console',
    reason: 'Takes the console away from libraries: each use becomes a log line without its words.',
  },
  {
    kind: 'error-text',
    file: 'src/bin/usage.ts',
    within: 'describeUsage',
    subject: 'message',
    reason: 'The name of an option, as the program declares it, is all that is taken out of it.',
  },
  {
    kind: 'error-text',
    file: 'src/pdf/failure.ts',
    within: 'codeOf',
    subject: 'error.message',
    reason: 'The engine says only in words that its memory is exhausted; a code of ours is all that leaves.',
  },
  {
    ...CATALOGUE,
    kind: 'two-levels',
    subject: 'process.stopped: INFO, WARNING, ERROR, CRITICAL',
    reason: 'The last line of every process; its level tells how the end went.',
  },
  {
    ...CATALOGUE,
    kind: 'two-levels',
    subject: 'auth.library: WARNING, ERROR',
    reason: 'The level is the one that the sign-in library chose.',
  },
  {
    ...CATALOGUE,
    kind: 'two-levels',
    subject: 'lock.released: INFO, WARNING',
    reason: 'WARNING when somebody else forced it.',
  },
  {
    ...CATALOGUE,
    kind: 'two-levels',
    subject: 'finalize.failed: WARNING, ERROR',
    reason: 'WARNING while an attempt is left, ERROR at the last.',
  },
  {
    ...CATALOGUE,
    kind: 'two-levels',
    subject: 'job.failed: WARNING, ERROR',
    reason: 'WARNING when it will be run again, ERROR when it will not.',
  },
  {
    ...CATALOGUE,
    kind: 'two-levels',
    subject: 'job.schedule-failed: WARNING, ERROR',
    reason:
      'ERROR when a task failed; WARNING when the sweeper has no connection and tries again in a moment.',
  },
  {
    ...CATALOGUE,
    kind: 'two-levels',
    subject: 'job.settle-failed: WARNING, ERROR',
    reason: 'ERROR when the end of a job was not stored; WARNING when a heartbeat or a return was not.',
  },
  {
    kind: 'error-not-attached',
    file: 'src/queue/run.ts',
    within: 'runLostJob',
    subject: 'job.lost',
    reason: 'The processes that ran it died without a word: there is no error.',
  },
  {
    kind: 'error-not-attached',
    file: 'src/queue/run.ts',
    within: 'refuseUnreadable',
    subject: 'job.failed',
    reason: 'Nothing was thrown: what is stored has not the shape that this version reads.',
  },
  {
    kind: 'fields-elsewhere',
    file: 'src/audit/cosigners.ts',
    within: 'postpone',
    subject: '...fields',
    reason: 'At most the status that a witness answered, which its type says.',
  },
  {
    kind: 'fields-elsewhere',
    file: 'src/audit/publisher.ts',
    within: 'createAttempt',
    subject: '...error.fields',
    reason: 'Sizes and the place of a witness, given where signing was refused; the type is that of fields.',
  },
  {
    kind: 'error-not-attached',
    file: 'src/audit/publisher.ts',
    within: 'createAttempt',
    subject: 'audit.signing-refused',
    reason: 'A refusal is a decision with a reason, not a fault with a stack.',
  },
  {
    kind: 'error-not-attached',
    file: 'src/audit/integrate.ts',
    within: 'toLeaf',
    subject: 'audit.quarantined',
    reason: 'Nothing was thrown: an event failed its checks.',
  },
  {
    kind: 'error-not-attached',
    file: 'src/audit/record-gaps.ts',
    within: 'recordGap',
    subject: 'audit.gap',
    reason: 'What lost the event was logged when it was lost.',
  },
  {
    kind: 'logged-and-rethrown',
    file: 'src/audit/drain-spool.ts',
    within: 'moveEvent',
    subject: 'catch',
    reason: 'One or the other: what concerns this event alone is logged, anything else is thrown.',
  },
  {
    kind: 'personal-column',
    file: 'src/operations/scenarios/finalization-failing.ts',
    within: '(module)',
    subject: 'annotation: strokes',
    reason: 'A condition on the form of the ink; the statement selects ids and a page number.',
  },
  ...acceptRepairs(),
]

/** Found by the table of repairs, which the compiler does not see through. */
function acceptRepairs(): readonly Accepted[] {
  const places = [
    ['src/copies/change.ts', 'changeCopy', 'event', ['copies', 'jobs']],
    ['src/copies/retry-import.ts', 'retryImport', 'job', ['imports']],
    ['src/copies/retry-import.ts', 'repairBatch', 'event', ['imports', 'jobs']],
    ['src/marking/finalize.ts', 'startJob', 'job', ['copies']],
    ['src/operations/repairs/repair-kind.ts', 'recordOnSystem', 'event', ['queues', 'sessions', 'spool']],
  ] as const
  return places.flatMap(([file, within, what, repairs]) =>
    repairs.map((name) => ({
      kind: 'work-without-context',
      file,
      within,
      subject: `${what}, from src/operations/repairs/${name}.ts`,
      reason: 'Called through the table of repairs: inside the context of the command, or of the request.',
    })),
  )
}

/** Files that may write to the terminal, with what they write. */
export const TERMINAL_WRITERS: Readonly<Record<string, string>> = {
  'src/bin/audit-check.ts': 'whether a proof holds, and the event that it proves, which has no sealed value',
  'src/bin/audit-checkpoint.ts': 'name, size, root and age of the published checkpoint',
  'src/bin/audit-export.ts': 'how many events were written, and how far that is',
  'src/bin/audit-prove.ts': 'the proof of an event, which has no sealed value, or why there is none',
  'src/bin/audit-verify.ts':
    'findings about the log and about copies: closed sentences with numbers and opaque references',
  'src/bin/erase.ts': 'what an erasure takes away: counts, and the id of the copy or batch',
  'src/bin/keys-rotate.ts': 'the id of the new key, the public key of the log, and what to do next',
  'src/bin/doctor.ts': 'causes, and what speaks for them: closed sentences with ids and numbers',
  'src/bin/repair.ts': 'what a repair does, or would do, to which id',
  'src/bin/support-bundle.ts': 'where the bundle is, and how much is in it',
  'src/bin/check-database.ts':
    'what the server of `DATABASE_URL` lacks: names and values of its settings, and what its logins are',
  'src/bin/demo.ts': 'progress of the demonstration, and its report as one line of JSON',
  'src/bin/failure.ts':
    'why a command failed: code and title of an error of ours; of others class, code and frames',
  'src/bin/paraph.ts': 'how many migrations there are; ends when its reader has gone',
  'src/bin/start-logging.ts':
    'nothing itself: asks how wide and how coloured the terminal of the developer is',
  'src/bin/start.ts': 'where Paraph listens, where its logs are, and what it is waiting for',
  'src/bin/trace.ts': 'what happened under a request id: lines of the log and events, without sealed values',
  'src/bin/import.ts':
    'how far uploads and imports are, with ids and numbers; the name of a file to a person at a terminal only',
  'src/bin/password.ts': 'the question for a password',
  'src/bin/user-add.ts': 'the id of the new account',
  'src/bin/witness.ts': 'where the witness listens, its public key, and where its logs are',
  'src/observability/standard-output.ts':
    'the lines of the log, when they go to standard output (`PARAPH_LOG`)',
}
