import { buildRules } from '../../src/operations/rules.ts'
import { SCENARIOS } from '../../src/operations/scenarios/all.ts'
import { type Drilled, drill, isInTime, isPassed, LIMITS_MS } from './drill.ts'
import { FAULTS } from './faults.ts'
import { hasPsql } from './operator-shell.ts'
import { hasPrometheus, startPrometheus, TIME_SCALE } from './prometheus.ts'
import { openWorld } from './world.ts'

// `npm run drill [cause]`: one root cause or all, on an installation of its own, with the times. `--json` ends standard
// output with one line. Ends with 1 when one of them did not go the whole way, or took too long.

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const isJson = process.argv.includes('--json')
const faults = FAULTS.filter(({ cause }) => wanted.length === 0 || wanted.includes(cause))

if (faults.length === 0) {
  process.stderr.write(`No such cause. There are: ${FAULTS.map(({ cause }) => cause).join(', ')}\n`)
  process.exit(2)
}
if (!hasPrometheus()) {
  process.stderr.write(
    'There is no prometheus here (Debian: apt-get install prometheus): alerts are not asked.\n',
  )
}
if (!hasPsql()) {
  process.stderr.write(
    'There is no psql here (Debian: apt-get install postgresql-client): questions of the pages and commands of psql are not put.\n',
  )
}
const world = await openWorld()
const rules = buildRules(SCENARIOS, { scale: TIME_SCALE })
const prometheus = hasPrometheus() ? await startPrometheus(world.metricsPort, rules) : undefined
const causes: Drilled[] = []
try {
  show(['cause', 'how', 'alert', 'doctor', 'named first', 'page', 'by hand', 'over', 'cleared', 'whole'])
  for (const fault of faults) {
    const one = await drill(world, prometheus, fault)
    causes.push(one)
    show([
      ...[one.cause, one.how, one.alertFired === false ? 'no' : seconds(one.alertMs), seconds(one.doctorMs)],
      ...[one.rankedFirst ? 'yes' : `no (${one.namedFirst})`, say(one.page), seconds(one.handMs)],
      ...[say(one.verified), say(one.alertCleared), seconds(one.totalMs)],
    ])
    tellWhatFailed(one)
  }
} finally {
  await prometheus?.close()
  await world.close()
}
if (isJson) process.stdout.write(`${JSON.stringify({ causes })}\n`)
process.exitCode =
  causes.length === faults.length && causes.every((one) => isPassed(one) && isInTime(one)) ? 0 : 1

function seconds(milliseconds: number | null): string {
  return milliseconds === null ? '-' : `${(milliseconds / 1_000).toFixed(1)} s`
}

function say(value: boolean | null): string {
  if (value === null) return '-'
  return value ? 'yes' : 'no'
}

function tellWhatFailed(one: Drilled): void {
  const late = isInTime(one) ? [] : [`more than ${LIMITS_MS.alert} or ${LIMITS_MS.doctor} ms`]
  const told = [
    ...late,
    ...one.actionFailed.map((command) => `did not end with 0: ${command}`),
    ...one.pageUnanswered.map((question) => `could not be asked: ${question}`),
  ]
  for (const line of told) process.stderr.write(`  ${line}\n`)
}

/** A row of a table, as it comes. */
function show(cells: readonly string[]): void {
  const widths = [28, 22, 8, 8, 13, 6, 9, 6, 9, 9]
  process.stderr.write(`${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('')}\n`)
}
