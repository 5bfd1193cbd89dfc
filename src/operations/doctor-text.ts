import type { Diagnosis, Finding } from './doctor.ts'
import type { Evidence } from './scenarios/scenario.ts'
import type { Fact, Subject } from './subject.ts'
import type { Paint } from './trace-text.ts'

const EVIDENCE_SHOWN = 5

/** A diagnosis for a terminal: the most likely cause first, each with what was found and what to do. */
export function formatDiagnosis(
  { findings, unreached, probes, durationMs }: Diagnosis,
  paint: Paint,
): string {
  const asked = `${probes} probes, ${durationMs} ms`
  const head =
    findings.length > 0
      ? `${findings.length} ${findings.length === 1 ? 'cause' : 'causes'} found (${asked})`
      : unreached.length > 0
        ? `Nothing found in what could be asked (${asked})`
        : `Nothing found: everything is as expected (${asked})`
  const missing = unreached.map(
    ({ source, probe, code }) =>
      `  could not be asked: ${source}${probe ? `, ${probe}` : ''}${code ? ` (${code})` : ''}`,
  )
  return [
    paint('bold', head),
    ...missing,
    ...findings.flatMap((finding, index) => ['', ...formatFinding(finding, index + 1, paint)]),
  ].join('\n')
}

function formatFinding(finding: Finding, place: number, paint: Paint): string[] {
  const { scenario, cause, title, evidence, actions, explainedBy } = finding
  return [
    `${paint(place === 1 ? 'red' : 'yellow', `${place}. ${title.en}`)}  [${scenario} / ${cause}]`,
    ...(explainedBy.length > 0 ? [`   probably an effect of ${explainedBy.join(', ')}`] : []),
    ...evidence.flatMap(formatEvidence),
    ...actions.flatMap(({ command, does, risk, undo, verify }) => [
      `   do      ${command}`,
      `           ${does.en}`,
      `   risk    ${risk.en}`,
      `   undo    ${undo.en}`,
      `   verify  ${verify}`,
    ]),
    `   page    docs/playbook/en/${scenario}.md`,
  ]
}

function formatEvidence({ probe, expected, found }: Evidence): string[] {
  if (!isList(found)) return [`   ${probe}: expected ${expected}, found ${found}`]
  const rows = found.slice(0, EVIDENCE_SHOWN).map((row) => `     ${formatRow(row)}`)
  const more = found.length > EVIDENCE_SHOWN ? [`     and ${found.length - EVIDENCE_SHOWN} more`] : []
  return [`   ${probe}: expected ${expected}, found ${found.length}`, ...rows, ...more]
}

function isList(found: Fact | readonly Subject[]): found is readonly Subject[] {
  return Array.isArray(found)
}

function formatRow(row: Subject): string {
  return Object.entries(row)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}
