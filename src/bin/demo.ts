import { accessSync, constants } from 'node:fs'
import { join, resolve } from 'node:path'
import { createAppendEvent } from '../audit/append.ts'
import { readSettledMetrics } from '../demo/metrics.ts'
import { withoutFileNames } from '../demo/own-scans.ts'
import { createProgress, type Progress } from '../demo/progress.ts'
import { type DemoReport, writeReport } from '../demo/report.ts'
import { makeSamples } from '../demo/samples.ts'
import { showWalk } from '../demo/show.ts'
import { type Account, type Scan, walkThrough } from '../demo/walk.ts'
import { runInContext } from '../observability/context.ts'
import { addAccount } from '../people/add-account.ts'
import type { Config } from '../platform/config.ts'
import { openDatabase } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { newId, newSecret } from '../platform/ids.ts'
import { loadKeys } from '../platform/keys.ts'
import { assertOwnFolder } from './data-folder.ts'
import { type ProcessTree, startProcessTree } from './process-tree.ts'
import { awaitPublishedLog } from './published-log.ts'
import { saveReport } from './save-report.ts'
import { listenForStop, untilStopped } from './terminal.ts'

export type DemoOptions = {
  readonly pdf?: readonly string[]
  readonly pagesPerCopy?: number
  readonly once?: boolean
  readonly json?: boolean
  readonly report?: string
  /** Where relative file names start. */
  readonly directory: string
}

/** `paraph demo`: makes a new exam on each run and takes its copies through their whole life. Deletes nothing. */
export async function runDemo(config: Config, options: DemoOptions): Promise<void> {
  const progress = createProgress(process.stderr)
  const given = (options.pdf ?? []).map((path, index) =>
    openScan(resolve(options.directory, path), index, options),
  )
  const release = assertOwnFolder(config, 'demo')
  const stopped = listenForStop()
  let tree: ProcessTree | undefined
  try {
    tree = await startProcessTree(config, { mayMovePorts: true, withWitness: true, onStep: progress.step })
    const report = await untilStopped(stopped, demonstrate(config, tree, given, progress))
    if (!options.once) {
      progress.print(`\nServing until Ctrl-C\n  ${[tree.url, ...report.metricsUrls].join('\n  ')}`)
      await stopped
    }
    if (!report.ok) process.exitCode = 1
    await tree.close()
    tree = undefined
    output(report, options)
  } finally {
    await tree?.close()
    release()
  }
}

async function demonstrate(
  config: Config,
  tree: ProcessTree,
  given: readonly Scan[],
  progress: Progress,
): Promise<DemoReport> {
  const startedAt = performance.now()
  const scans = given.length > 0 ? given : await makeSamples(join(config.dataDirectory, 'samples'), progress)
  const admin = await makeAdmin(config, tree)
  const walked = await walkThrough(tree.url, { admin, scans, progress })
  const walk = given.length > 0 ? withoutFileNames(walked) : walked
  const report = writeReport(walk, {
    dataDir: config.dataDirectory,
    logs: tree.logPaths,
    metricsUrls: tree.metricsUrls,
    tlog: await awaitPublishedLog(config, tree),
    metrics: await readSettledMetrics(tree.metricsUrls),
    totalMs: Math.round(performance.now() - startedAt),
  })
  showWalk(progress, { walk, report, accounts: [admin, ...walk.accounts] })
  return report
}

function openScan(path: string, index: number, options: DemoOptions): Scan {
  try {
    accessSync(path, constants.R_OK)
  } catch (cause) {
    // The name may be a pupil's: its place among the arguments is enough.
    throw new AppError('file-unreadable', { title: `File ${index + 1} of --pdf cannot be read.`, cause })
  }
  return { path, pagesPerCopy: options.pagesPerCopy }
}

/** The first administrator, made as `paraph user add` does. */
async function makeAdmin(config: Config, tree: ProcessTree): Promise<Account> {
  const account = {
    role: 'admin',
    email: `admin-${newId().slice(-8)}@demo.invalid`,
    password: newSecret(12),
  } as const
  const db = openDatabase(tree.databaseUrl, { applicationName: 'paraph-command' })
  try {
    const appendEvent = createAppendEvent({ keys: loadKeys(config.keysDirectory) })
    await runInContext({ requestId: newId(), actor: { kind: 'system' } }, () =>
      addAccount({ db, appendEvent }, { ...account, name: 'Demo admin' }),
    )
  } finally {
    await db.destroy()
  }
  return account
}

function output(report: DemoReport, options: DemoOptions): void {
  const line = `${JSON.stringify(report)}\n`
  if (options.json) process.stdout.write(line)
  saveReport(options, line)
}
