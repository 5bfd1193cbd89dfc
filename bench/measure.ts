import { cpus, loadavg, totalmem } from 'node:os'

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

/** The value that `fraction` of the values do not exceed. */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)] ?? Number.NaN
}

/** The number behind a flag of the command line. */
export function numberAfter(flag: string, otherwise: number): number {
  const at = process.argv.indexOf(flag)
  if (at < 0) return otherwise
  const number = Number(process.argv[at + 1])
  if (number > 0) return number
  process.stderr.write(`${flag} takes a number above 0.\n`)
  process.exit(2)
}

/** Where a figure was taken; figures of two machines are not compared. */
export function describeMachine(): {
  cpu: string
  cores: number
  memoryGiB: number
  node: string
  load: number
} {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  }
}

/** Prints the rows as a table on standard error, and with `--json` one line on standard output. */
export function report(result: {
  readonly ratios: Readonly<Record<string, number>>
  /** Of something in a second. */
  readonly rates?: Readonly<Record<string, number>>
  /** What the figures depend on besides the machine. */
  readonly settings?: Readonly<Record<string, string>>
  readonly rows: readonly Readonly<Record<string, string | number>>[]
}): void {
  const names = Object.keys(result.rows[0] ?? {})
  const cells = [names, ...result.rows.map((row) => names.map((name) => String(row[name])))]
  const widths = names.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)))
  for (const line of cells) {
    const padded = line.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    )
    process.stderr.write(`${padded.join('  ')}\n`)
  }
  for (const [name, ratio] of Object.entries(result.ratios))
    process.stderr.write(`${name}: ${ratio.toFixed(3)}\n`)
  for (const [name, rate] of Object.entries(result.rates ?? {}))
    process.stderr.write(`${name}: ${Math.round(rate)} a second\n`)
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ ...result, machine: describeMachine() })}\n`)
  }
}
