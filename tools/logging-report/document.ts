import type { Analysis, Judged } from './analysis.ts'
import { FINDING_KINDS, type Finding, type FindingKind } from './finding.ts'
import { code, count, groupBy, table } from './markdown.ts'
import { roomOf, showPlace } from './place.ts'
import type { Room } from './rooms.ts'
import { writeCorrelationCoverage, writeLevelCompliance, writeMetricsCoverage } from './section-compliance.ts'
import { writeLoggingState } from './section-logging.ts'
import { writePrivacyResults } from './section-privacy.ts'

/** The text of `docs/audit-report.md`. */
export function writeDocument(analysis: Analysis, judged: Judged, rooms: readonly Room[]): string {
  return [
    INTRODUCTION,
    `## In numbers\n\n${table(['what', 'number'], rowsOfNumbers(analysis, judged, rooms))}\n`,
    writeFindings(judged),
    HOW_TO_READ,
    writeLoggingState(analysis),
    writePrivacyResults(analysis, judged, rooms),
    writeLevelCompliance(analysis),
    writeCorrelationCoverage(analysis),
    writeMetricsCoverage(analysis),
    writeRecommendations(judged),
  ].join('\n')
}

const INTRODUCTION = `# Audit report: logs, personal data, request ids, metrics

What Paraph writes about itself, and what it can never write: every log call, every caught error, every look at a
sensitive value, every metric. The page is read from the source by \`npm run report:logging\`, with the types of the
compiler; \`test/docs/audit-report.test.ts\` fails when it is out of date, when something is found that nobody accepted,
and when a file was not read.
`

const HOW_TO_READ = `## How to read this

- A **place** is a file below \`src/\` with its line, \`queue/run.ts:120\`; under the heading of a room, without the room.
- An **open finding** breaks a rule and fails the tests. An **accepted** one breaks it for a reason that is written here
  and was reviewed; the list is \`tools/logging-report/accepted.ts\`.
- Sections 1 to 5 show everything that was looked at, the good and the bad, so that you can judge for yourself.
- To know what a line in the log means: find its event in section 3, then its place in section 1.
- To know who can see a name, a mark or a text: section 2.
- To know whether a request can be followed to its end: section 4. \`paraph trace <request-id>\` does it.
`

function rowsOfNumbers(
  { calls, fields, catches, reveals, events, correlation, metrics, coverage }: Analysis,
  { open, accepted }: Judged,
  rooms: readonly Room[],
): string[][] {
  const swallowed = catches.filter(({ deeds }) => deeds.includes('swallows')).length
  const classes = groupBy([...fields.values()], ({ privacy }) => privacy)
  const met = coverage.filter((one) => one.met.length > 0 && one.difference === undefined).length
  const unused = events.filter((event) => event.calls.length === 0).length
  return [
    ['open findings', `**${open.length}**`],
    ['accepted findings, with reasons', String(accepted.length)],
    ['rooms read', `${rooms.length}, every file of each`],
    ['log calls', `${calls.length}, in ${new Set(calls.map(({ place }) => roomOf(place.file))).size} rooms`],
    [
      'events in the catalogue',
      `${events.length}, ${unused === 0 ? 'all of them used' : `${unused} of them unused`}`,
    ],
    ['fields a line can hold', classes.map(([privacy, all]) => `${all.length} ${privacy}`).join(', ')],
    ['places where an error is caught', `${catches.length}, ${swallowed} of them swallow it`],
    ['places where a sensitive value is looked at', String(reveals.length)],
    ['places that enqueue a job or append an event', String(correlation.triggers.length)],
    ['metrics', `${metrics.length} defined; ${met} of ${coverage.length} requirements met`],
  ]
}

function writeFindings({ open, accepted }: Judged): string {
  return `## Findings

### Open

${listByKind(open, ({ subject, within }) => `${code(subject)} in ${code(within)}`)}

### Accepted, with the reason

${listByKind(accepted, ({ subject, entry }) => `${code(subject)}. ${entry.reason}`)}
`
}

function listByKind<F extends Finding>(findings: readonly F[], describe: (finding: F) => string): string {
  if (findings.length === 0) return 'None.'
  return groupBy(findings, ({ kind }) => kind)
    .map(([kind, ofKind]) => {
      const { rule } = FINDING_KINDS[kind as FindingKind]
      const lines = ofKind.map((finding) => `- ${code(showPlace(finding.place))}: ${describe(finding)}`)
      return `**${kind}** (the rule: ${rule})\n\n${lines.join('\n')}`
    })
    .join('\n\n')
}

/** Section 6, from what was found: what mends each open finding, and what an acceptance waits for. */
function writeRecommendations({ open, accepted }: Judged): string {
  const toMend = groupBy(open, ({ kind }) => kind).map(([kind, ofKind]) => {
    const { advice } = FINDING_KINDS[kind as FindingKind]
    return `- ${advice} (${count(ofKind.length, 'finding')}: ${kind})`
  })
  const waiting = groupBy(
    accepted.flatMap(({ entry }) => entry.until ?? []),
    (until) => until,
  ).map(([until]) => `- ${until}`)
  const all = [...toMend, ...waiting]
  return `## 6. Recommendations

${all.length > 0 ? all.join('\n') : 'None: nothing is open, and nothing was accepted only for now.'}
`
}

/**
 * The text without what moves when code elsewhere does: line numbers, except those of findings, and the widths of
 * columns.
 */
export function withoutLineNumbers(text: string): string {
  const plain = text.replace(/ +/g, ' ').replace(/-{3,}/g, '---')
  return plain
    .split(/^(?=## )/m)
    .map((section) => (section.startsWith('## Findings') ? section : section.replace(/(\.ts):\d+/g, '$1')))
    .join('')
}
