import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { claimLogDirectory, DirectoryNotPrivate } from './log-directory.ts'

const root = mkdtempSync(join(tmpdir(), 'paraph-claims-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const newFolder = () => join(mkdtempSync(join(root, 'run-')), 'logs')

const children = new Set<ChildProcess>()
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
})

/** Runs a script in a process of its own that has `claimLogDirectory` and `openRotatingFile`; gives its first words. */
async function startScript(script: string): Promise<{ child: ChildProcess; words: string }> {
  const imports = ['log-directory.ts', 'rotating-file.ts'].map(
    (name) => `import * as ${name.split('-')[0]} from ${JSON.stringify(join(import.meta.dirname, name))}`,
  )
  const child = spawn(
    process.execPath,
    ['--expose-gc', '--input-type=module', '-e', `${imports.join('\n')}\n${script}`],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  children.add(child)
  const [words] = await once(child.stdout, 'data')
  return { child, words: String(words) }
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'close')
  children.delete(child)
}

const claimAndStay = (logs: string, at: number) => `
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.max(0, ${at} - Date.now() - 5))
  while (Date.now() < ${at});
  const folder = log.claimLogDirectory(${JSON.stringify(logs)}, 'api')
  gc()
  process.stdout.write(folder)
  process.stdin.resume()`

test('a folder of logs is made for its owner alone', () => {
  const logs = newFolder()
  expect(claimLogDirectory(logs, 'api')).toBe(join(logs, 'api'))
  expect(statSync(join(logs, 'api')).mode & 0o777).toBe(0o700)
})

test('a folder that others can read is refused, and left as it is', () => {
  const logs = newFolder()
  mkdirSync(join(logs, 'api'), { recursive: true })
  chmodSync(join(logs, 'api'), 0o750)
  expect(() => claimLogDirectory(logs, 'api')).toThrow(DirectoryNotPrivate)
  expect(readdirSync(join(logs, 'api'))).toEqual([])
})

test('processes that start at the same moment get a folder each, and the next ones take over from the dead', async () => {
  const logs = newFolder()
  const expected = ['api', 'api-2', 'api-3', 'api-4', 'api-5'].map((name) => join(logs, name))
  for (let round = 0; round < 4; round += 1) {
    const at = Date.now() + 700
    const started = await Promise.all(expected.map(() => startScript(claimAndStay(logs, at))))
    expect(started.map(({ words }) => words).sort()).toEqual(expected)
    await Promise.all(started.map(({ child }) => end(child)))
  }
  expect(readdirSync(logs).sort()).toEqual(['api', 'api-2', 'api-3', 'api-4', 'api-5'])
  expect(readdirSync(join(logs, 'api'))).toEqual(['writer.lock'])
})

test('a folder stays taken while its process lives, whatever is collected as garbage', async () => {
  const logs = newFolder()
  const { words } = await startScript(claimAndStay(logs, 0))
  expect(words).toBe(join(logs, 'api'))
  expect(claimLogDirectory(logs, 'api')).toBe(join(logs, 'api-2'))
  expect(claimLogDirectory(logs, 'api'), 'in one process, too').toBe(join(logs, 'api-3'))
})

test('two processes of one role that write at the same time lose no line and cut none, over hundreds of rotations', async () => {
  const logs = newFolder()
  const count = 4_000
  const script = `
    const folder = log.claimLogDirectory(${JSON.stringify(logs)}, 'api')
    const { openRotatingFile } = rotating
    const file = openRotatingFile(folder + '/app.log', { maximumBytes: 1_000, backups: 1_000 })
    process.stdout.write(folder)
    process.stdin.once('data', () => {
      for (let number = 0; number < ${count}; number += 1)
        file.write(JSON.stringify({ pid: process.pid, number, text: 'x'.repeat(number % 30) }) + '\\n')
      process.exit()
    })`
  const writers = await Promise.all([startScript(script), startScript(script)])
  const ends = writers.map(({ child }) => once(child, 'close'))
  for (const { child } of writers) child.stdin?.write('go')
  await Promise.all(ends)
  for (const { child, words: folder } of writers) {
    const files = readdirSync(folder).filter((name) => name.startsWith('app.log'))
    const numberOf = (name: string) => Number(name.split('.')[2] ?? 0)
    const lines = files
      .sort((a, b) => numberOf(b) - numberOf(a))
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'))
      .map((line): { pid: number; number: number } => JSON.parse(line))
    expect(files.length).toBeGreaterThan(200)
    expect(Math.max(...files.map((name) => statSync(join(folder, name)).size))).toBeLessThanOrEqual(1_000)
    expect(lines.map(({ number }) => number)).toEqual(Array.from({ length: count }, (_, number) => number))
    expect(new Set(lines.map(({ pid }) => pid))).toEqual(new Set([child.pid]))
  }
  expect(new Set(writers.map(({ words }) => words)).size).toBe(2)
})
