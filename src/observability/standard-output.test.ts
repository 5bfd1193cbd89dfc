import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const root = mkdtempSync(join(tmpdir(), 'paraph-stdout-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const SOURCE = join(import.meta.dirname, 'standard-output.ts')
/** A pipe holds 64 KiB: this is far more. */
const LINES = 5_000

/** Reads nothing until the script calls `letRead`. */
const PATIENT = '{ until [ -e "$2" ]; do sleep 0.05; done; cat; }'

/** Runs a script whose output goes through a real pipe (Node's own are sockets) to a shell command. */
function pipeInto(reader: string, script: string): { child: ChildProcess; report: () => unknown } {
  const folder = mkdtempSync(join(root, 'run-'))
  const program = join(folder, 'writer.ts')
  const report = join(folder, 'report.json')
  const go = join(folder, 'go')
  writeFileSync(
    program,
    `import { writeFileSync } from 'node:fs'
     import { openStandardOutput } from ${JSON.stringify(SOURCE)}
     const reasons = []
     const onWriteError = (reason) => reasons.push(reason)
     const report = (facts) => writeFileSync(${JSON.stringify(report)}, JSON.stringify({ reasons, ...facts }))
     const letRead = () => writeFileSync(${JSON.stringify(go)}, '')
     const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
     const line = (number) => JSON.stringify({ number, text: 'é'.repeat(number % 90) }) + '\\n'
     // As in every command: the stream makes the descriptor of a pipe answer EAGAIN when it is full.
     process.stdout.on('error', () => process.exit(70))
     ${script}`,
  )
  const child = spawn('/bin/sh', ['-c', `"$0" "$1" | ${reader}`, process.execPath, program, go], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return { child, report: () => JSON.parse(readFileSync(report, 'utf8')) }
}

async function outputOf(child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  await once(child, 'close')
  return text
}

test('a pipe that is full is waited for: of 5,000 lines before process.exit none is lost', async () => {
  const { child, report } = pipeInto(
    '{ sleep 1; cat; }',
    `const stdout = openStandardOutput({ onWriteError })
     for (let number = 0; number < ${LINES}; number += 1) stdout.write(line(number))
     report()
     process.exit(0)`,
  )
  const lines = (await outputOf(child)).trimEnd().split('\n')
  expect(lines.map((text) => JSON.parse(text).number)).toEqual(Array.from({ length: LINES }, (_, n) => n))
  expect(report()).toEqual({ reasons: [] })
})

test('a reader that is gone is counted, line by line, and the process goes on', async () => {
  const { child, report } = pipeInto(
    'head -n 1',
    `const stdout = openStandardOutput({ onWriteError })
     stdout.write(line(0))
     await pause(500)
     for (let number = 1; number <= 3; number += 1) stdout.write(line(number))
     await pause(50)
     report({ isAlive: true })`,
  )
  expect(await outputOf(child)).toBe(`{"number":0,"text":""}\n`)
  await expect.poll(report).toEqual({ reasons: ['EPIPE', 'EPIPE', 'EPIPE'], isAlive: true })
})

test('a reader that does not read holds the process up once, then costs lines, and gets all of them once it reads', async () => {
  const { child, report } = pipeInto(
    PATIENT,
    `const stdout = openStandardOutput({ onWriteError, patienceMs: 300 })
     const startedAt = performance.now()
     for (let number = 0; number < ${LINES}; number += 1) stdout.write(line(number))
     const heldUpMs = performance.now() - startedAt
     const lost = reasons.length
     letRead()
     await pause(1000)
     stdout.write('x'.repeat(2_000_000) + '\\n')
     for (let number = 0; number < 100; number += 1) stdout.write(line(number))
     report({ heldUpMs, lost })`,
  )
  const lines = (await outputOf(child)).trimEnd().split('\n')
  const { reasons, heldUpMs, lost } = report() as { reasons: string[]; heldUpMs: number; lost: number }
  expect(new Set(reasons)).toEqual(new Set(['other']))
  expect(reasons).toHaveLength(lost)
  expect(lost).toBeGreaterThan(1_000)
  expect(heldUpMs).toBeGreaterThanOrEqual(300)
  expect(heldUpMs).toBeLessThan(1_500)
  const numbers = lines.filter((text) => text.startsWith('{')).map((text) => JSON.parse(text).number)
  expect(numbers).toHaveLength(LINES - lost + 100)
  expect(numbers.slice(-100)).toEqual(Array.from({ length: 100 }, (_, n) => n))
  expect(lines.filter((text) => text === 'x'.repeat(2_000_000))).toHaveLength(1)
})

test('part of a line that a reader never took is followed by a line of its own', async () => {
  const { child, report } = pipeInto(
    PATIENT,
    `const stdout = openStandardOutput({ onWriteError, patienceMs: 50 })
     stdout.write('x'.repeat(200_000) + '\\n')
     letRead()
     await pause(1000)
     stdout.write(line(1))
     report()`,
  )
  const [part, next] = (await outputOf(child)).trimEnd().split('\n')
  expect(part).toMatch(/^x{4096,199999}$/)
  expect(next).toBe('{"number":1,"text":"é"}')
  expect(report()).toEqual({ reasons: ['other'] })
})
