import { buildRules } from '../../src/operations/rules.ts'
import { SCENARIOS } from '../../src/operations/scenarios/all.ts'
import { type Drilled, drill, isPassed } from './drill.ts'
import { FAULTS } from './faults.ts'
import { hasPrometheus, startPrometheus, TIME_SCALE } from './prometheus.ts'
import { openWorld } from './world.ts'

// `npm run drill [cause]`: one root cause or all, on an installation of its own, with the times. `--json` ends standard
// output with one line. Ends with 1 when one of them did not go the whole way.

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
const world = await openWorld()
const rules = buildRules(SCENARIOS, { scale: TIME_SCALE })
const prometheus = hasPrometheus() ? await startPrometheus(world.metricsPort, rules) : undefined
const causes: Drilled[] = []
try {
  show(['cause', 'alert', 'doctor', 'named first', 'by hand', 'over', 'cleared', 'whole'])
  for (const fault of faults) {
    const one = await drill(world, prometheus, fault)
    causes.push(one)
    show([
      one.cause,
      one.alertFired === false ? 'no' : seconds(one.alertMs),
      seconds(one.doctorMs),
      one.rankedFirst ? 'yes' : `no (${one.namedFirst})`,
      one.handFirst === one.cause ? seconds(one.handMs) : `no (${one.handFirst})`,
      one.verified ? 'yes' : 'no',
      one.alertCleared === null ? '-' : one.alertCleared ? 'yes' : 'no',
      seconds(one.totalMs),
    ])
  }
} finally {
  await prometheus?.close()
  await world.close()
}
if (isJson) process.stdout.write(`${JSON.stringify({ causes })}\n`)
process.exitCode = causes.length === faults.length && causes.every(isPassed) ? 0 : 1

function seconds(milliseconds: number | null): string {
  return milliseconds === null ? '-' : `${(milliseconds / 1_000).toFixed(1)} s`
}

/** A row of a table, as it comes. */
function show(cells: readonly string[]): void {
  const widths = [28, 9, 9, 30, 12, 6, 9, 9]
  process.stderr.write(`${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('')}\n`)
}
