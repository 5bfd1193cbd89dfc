import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, expect, test } from 'vitest'

const root = mkdtempSync(join(tmpdir(), 'paraph-ends-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const newFolder = () => join(mkdtempSync(join(root, 'run-')), 'logs')

const SOURCE = JSON.stringify(join(import.meta.dirname, 'rotating-file.ts'))
const asArguments = (script: string, ...rest: string[]) => [
  '--input-type=module',
  '-e',
  `import { openRotatingFile } from ${SOURCE}\n${script}`,
  ...rest,
]

/** Every line of a folder's `app.log`, oldest first. */
function linesIn(folder: string): string[] {
  const numberOf = (file: string) => Number(/\.(\d+)$/.exec(file)?.[1] ?? 0)
  return readdirSync(folder)
    .sort((a, b) => numberOf(b) - numberOf(a))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split(/(?<=\n)/))
    .filter((line) => line !== '')
}
const numbersIn = (folder: string) => linesIn(folder).map((line): number => JSON.parse(line).number)

test.each([
  [
    'SIGTERM without a handler',
    `process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000)`,
    'SIGTERM',
  ],
  ['SIGKILL', `process.kill(process.pid, 'SIGKILL')`, 'SIGKILL'],
  ['SIGSEGV', `process.kill(process.pid, 'SIGSEGV')`, 'SIGSEGV'],
  ['an uncaught throw', `throw new Error('ends here')`, 1],
  ['an unhandled rejection', `Promise.reject(new Error('ends here')); await new Promise(() => {})`, 1],
  ['process.exit', 'process.exit(3)', 3],
  ['process.abort', 'process.abort()', 'SIGABRT'],
])('of a thousand lines before %s none is lost', (_kind, end, expected) => {
  const folder = newFolder()
  const script = `
    const file = openRotatingFile(${JSON.stringify(join(folder, 'app.log'))})
    for (let number = 0; number < 1000; number += 1) file.write(JSON.stringify({ number }) + '\\n')
    ${end}`
  const { status, signal } = spawnSync(process.execPath, asArguments(script))
  expect(signal ?? status).toBe(expected)
  expect(numbersIn(folder)).toEqual(Array.from({ length: 1_000 }, (_, number) => number))
})

test('a process that is killed again and again, at any moment of a rotation, loses no line that it wrote', async () => {
  const folder = newFolder()
  const script = `
    import { writeSync } from 'node:fs'
    const file = openRotatingFile(${JSON.stringify(join(folder, 'app.log'))}, { maximumBytes: 300 })
    for (let number = Number(process.argv[1]); ; number += 1) {
      file.write(JSON.stringify({ number }) + '\\n')
      writeSync(1, number + '\\n')
    }`
  let next = 0
  let rotations = 0
  for (let kill = 0; kill < 15; kill += 1) {
    const child = spawn(process.execPath, asArguments(script, String(next)), {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const before = next
    const last = before + 100 + Math.random() * 200
    createInterface(child.stdout).on('line', (line) => {
      next = Number(line) + 1
      if (next > last) child.kill('SIGKILL')
    })
    await once(child, 'close')
    rotations += (next - before) / 20
    const numbers = numbersIn(folder)
    // Killed between the line and its word to us: one more may be there.
    expect([next - 1, next]).toContain(numbers.at(-1))
    next = (numbers.at(-1) ?? -1) + 1
    expect(numbers).toEqual(numbers.map((_, index) => next - numbers.length + index))
  }
  expect(rotations).toBeGreaterThan(100)
  expect(numbersIn(folder).length).toBeGreaterThan(150)
})
