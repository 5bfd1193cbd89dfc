import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { processesOf } from '../../src/platform/embedded-postgres/processes.ts'
import type { EmbeddedPostgresStep } from '../../src/platform/embedded-postgres.ts'

// What the tests of the launcher share; no other file imports it.

const door = fileURLToPath(new URL('../../src/platform/embedded-postgres.ts', import.meta.url))
export const isRoot = process.getuid?.() === 0
export const nobody = { uid: 65_534, gid: 65_534 }
/** An ordinary user who is not us, or nothing when we are one already. */
export const ordinary = isRoot ? nobody : {}
const tryToRead = ['-e', `require('node:fs').readFileSync(${JSON.stringify(door)})`]
/** False under a 0700 home: an ordinary user other than its owner cannot run our sources there. */
export const canRunAsOrdinary = spawnSync(process.execPath, tryToRead, { cwd: '/', ...ordinary }).status === 0

const folders: string[] = []

export function makeTemporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'paraph-pg-'))
  folders.push(folder)
  return folder
}

/** A folder `<tmp>/home/postgres`: for root it lies under a 0700 folder which the server's account may not enter. */
export const newDirectory = () => join(makeTemporaryFolder(), 'home', 'postgres')

/** Ends every server of a folder made here, also after a failed test, and removes the folders. */
export async function removeTemporaryFolders(): Promise<void> {
  for (const folder of folders.splice(0)) {
    const clusters = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /postgres\/data(\.new)?$/.test(path),
    )
    for (const cluster of clusters) {
      for (const pid of await processesOf(join(folder, cluster))) process.kill(pid, 'SIGKILL')
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
}

export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

export const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'accepted',
    (error: { code?: string }) => error.code,
  )

/** What a start in a process of its own came to; with `dieAt` that process kills itself at the step. */
export async function startElsewhere(
  directory: string,
  options: { account?: object; dieAt?: EmbeddedPostgresStep; dieAfterMs?: number } = {},
): Promise<{
  pid?: number
  attached?: boolean
  url?: string
  code?: string
  reason?: string
  steps?: string[]
}> {
  const script = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(door)})
    const steps = []
    const onProgress = (step) => {
      steps.push(step)
      if (step !== ${JSON.stringify(options.dieAt ?? '')}) return
      if (${options.dieAfterMs ?? 0} === 0) process.kill(process.pid, 'SIGKILL')
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${options.dieAfterMs ?? 0})
    }
    const said = await startEmbeddedPostgres({ directory: ${JSON.stringify(directory)}, onProgress }).then(
      (server) => ({ pid: server.pid, attached: server.attached, url: server.urls.app, steps }),
      (error) => ({ code: error.code, reason: error.logContext?.['database.reason'], steps }),
    )
    process.stdout.write(JSON.stringify(said))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options.account,
  })
  let out = ''
  let complaints = ''
  child.stdout.on('data', (text: Buffer) => (out += text.toString()))
  child.stderr.on('data', (text: Buffer) => (complaints += text.toString()))
  await new Promise((resolve) => child.on('close', resolve))
  if (complaints !== '') throw new Error(complaints)
  return out === '' ? {} : JSON.parse(out)
}

export async function untilGone(pid: number): Promise<void> {
  const isThere = () => existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== ''
  while (isThere()) await new Promise((resolve) => setTimeout(resolve, 10))
}
