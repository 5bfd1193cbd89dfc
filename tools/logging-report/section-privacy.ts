import { TERMINAL_WRITERS } from './accepted.ts'
import type { Analysis, Judged } from './analysis.ts'
import { FINDING_KINDS, type FindingKind } from './finding.ts'
import { code, count, groupBy, table } from './markdown.ts'
import { showPlace } from './place.ts'
import type { Room } from './rooms.ts'

/** Section 2: what looks at sensitive values, what was looked for, and what was read. */
export function writePrivacyResults({ reveals }: Analysis, judged: Judged, rooms: readonly Room[]): string {
  const files = sumOf(rooms.map(({ production, tests }) => production + tests))
  return `## 2. PII audit results

### Where sensitive values are looked at

Personal and secret columns leave the database as \`Sensitive\`, which prints as \`[redacted]\`. These are all the places
that take the value out, with the purpose that each must name; ${code('revealAll')} hands a whole database to a library
that knows nothing of \`Sensitive\`.

${groupBy(reveals, ({ purpose }) => purpose ?? 'no purpose')
  .map(
    ([purpose, ofPurpose]) =>
      `#### ${purpose}: ${count(ofPurpose.length, 'place')}\n\n${table(
        ['place', 'function', 'by', 'what'],
        ofPurpose.map(({ place, within, by, what }) => [
          code(showPlace(place)),
          code(within),
          code(by),
          code(what),
        ]),
      )}`,
  )
  .join('\n\n')}

### What was looked for

Every rule is checked in every file. _Open_ findings fail the tests; _accepted_ ones are listed above with their reasons.

${table(
  ['subject', 'rule', 'open', 'accepted'],
  (Object.keys(FINDING_KINDS) as FindingKind[]).map((kind) => [
    FINDING_KINDS[kind].group,
    FINDING_KINDS[kind].rule,
    countOf(judged.open, kind),
    countOf(judged.accepted, kind),
  ]),
)}

### Who writes to the terminal

${table(
  ['file', 'what it writes'],
  Object.entries(TERMINAL_WRITERS)
    .sort()
    .map(([file, what]) => [code(file), what]),
)}

### What was read

Every TypeScript file below \`src/\`, ${files} in all; the report is not written when one of those on the disk was not
read. In tests only leftovers of debugging are looked for: they plant names and secrets on purpose.

${table(
  ['room', 'files', 'tests', 'sum'],
  [
    ...rooms.map(({ name, production, tests }) => [
      name,
      String(production),
      String(tests),
      String(production + tests),
    ]),
    [
      '**all**',
      String(sumOf(rooms.map(({ production }) => production))),
      String(sumOf(rooms.map(({ tests }) => tests))),
      `**${files}**`,
    ],
  ],
)}
`
}

function countOf(findings: readonly { kind: FindingKind }[], kind: FindingKind): string {
  return String(findings.filter((finding) => finding.kind === kind).length || '–')
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0)
}
