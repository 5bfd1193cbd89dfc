import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { DirectoryNotPrivate } from './log-directory.ts'
import { openRotatingFile, type RotatingFile } from './rotating-file.ts'

const root = mkdtempSync(join(tmpdir(), 'paraph-rotating-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let folder: string
let path: string
let count = 0
beforeEach(() => {
  count += 1
  folder = join(root, String(count))
  path = join(folder, 'app.log')
})

const filesIn = (directory: string) => readdirSync(directory).sort()
const modeOf = (file: string) => statSync(file).mode & 0o777
/** Lines in the order they were written: the oldest file has the highest number. */
function linesIn(directory: string): string[] {
  const files = filesIn(directory).sort((a, b) => numberOf(b) - numberOf(a))
  return files.flatMap((file) => readFileSync(join(directory, file), 'utf8').split(/(?<=\n)/))
}
const numberOf = (file: string) => Number(/\.(\d+)$/.exec(file)?.[1] ?? 0)

function withUmask<T>(mask: number, work: () => T): T {
  const before = process.umask(mask)
  try {
    return work()
  } finally {
    process.umask(before)
  }
}

const line = (number: number) => `${JSON.stringify({ number, text: 'é'.repeat(number % 150) })}\n`

test.each([
  [1_000, '022'],
  [20, '000'],
  [20, '077'],
  [20, '777'],
])(
  '%i rotations with a restart in between: no line is lost or cut, and only the owner may read them (umask %s)',
  (wanted, mask) => {
    const maximumBytes = 2_000
    const open = () => openRotatingFile(path, { maximumBytes })
    const finished: string[] = []
    let rotations = 0
    let count = 0
    withUmask(Number.parseInt(mask, 8), () => {
      let file = open()
      let inode = statSync(path).ino
      for (; rotations < wanted; count += 1) {
        file.write(line(count))
        const { ino } = statSync(path)
        if (ino === inode) continue
        inode = ino
        rotations += 1
        finished.push(readFileSync(`${path}.1`, 'utf8'))
        expect(filesIn(folder).length).toBeLessThanOrEqual(11)
        if (rotations === wanted / 2) {
          file.close()
          file = open()
        }
      }
      file.close()
    })
    const all = Array.from({ length: count }, (_, number) => line(number)).join('')
    expect(finished.join('') + readFileSync(path, 'utf8')).toBe(all)
    expect(Math.max(...finished.map((text) => Buffer.byteLength(text)))).toBeLessThanOrEqual(maximumBytes)
    expect(filesIn(folder)).toHaveLength(11)
    expect(filesIn(folder).map((name) => modeOf(join(folder, name)))).toEqual(Array(11).fill(0o600))
    expect(modeOf(folder)).toBe(0o700)
    const kept = linesIn(folder)
    expect(kept.join('')).toBe(all.slice(-kept.join('').length))
  },
)

test('by itself a file ends below ten million bytes, with no room for another line', () => {
  const file = openRotatingFile(path)
  for (let number = 0; number < 150_000; number += 1) file.write(line(number))
  file.close()
  const sizes = filesIn(folder).map((name) => statSync(join(folder, name)).size)
  expect(sizes.length).toBeGreaterThan(2)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(10_000_000)
  expect(Math.min(...sizes.slice(1))).toBeGreaterThan(10_000_000 - Buffer.byteLength(line(149)) - 10)
  expect(linesIn(folder).map((text) => JSON.parse(text).number)).toEqual(
    Array.from({ length: 150_000 }, (_, number) => number),
  )
})

test('whatever the lengths of lines, the limit and the number of files, the newest lines are there whole', () => {
  const runs = fc.record({
    maximumBytes: fc.integer({ min: 20, max: 200 }),
    backups: fc.integer({ min: 1, max: 4 }),
    lengths: fc.array(fc.integer({ min: 0, max: 14 }), { minLength: 1, maxLength: 60 }),
    reopenEvery: fc.integer({ min: 1, max: 60 }),
  })
  let run = 0
  fc.assert(
    fc.property(runs, ({ maximumBytes, backups, lengths, reopenEvery }) => {
      run += 1
      const directory = join(folder, String(run))
      const open = () => openRotatingFile(join(directory, 'app.log'), { maximumBytes, backups })
      const lines = lengths.map((length, index) => `${index % 100}-${'x'.repeat(length)}\n`)
      let file = open()
      for (const [index, line] of lines.entries()) {
        file.write(line)
        if (index % reopenEvery === 0) {
          file.close()
          file = open()
        }
      }
      file.close()
      const kept = linesIn(directory)
      expect(kept).toEqual(lines.slice(-kept.length))
      expect(filesIn(directory).length).toBeLessThanOrEqual(backups + 1)
      for (const name of filesIn(directory)) {
        expect(statSync(join(directory, name)).size).toBeLessThanOrEqual(maximumBytes)
      }
    }),
    { numRuns: 100 },
  )
})

test('a line that fills the file to the last byte stays in it, one byte more begins the next', () => {
  const file = openRotatingFile(path, { maximumBytes: 20 })
  file.write('123456789\n')
  file.write('123456789\n')
  expect(filesIn(folder)).toEqual(['app.log'])
  file.write('\n')
  expect(filesIn(folder)).toEqual(['app.log', 'app.log.1'])
  file.close()
})

test('a line larger than a file may be is counted and left out', () => {
  const codes: string[] = []
  const file = openRotatingFile(path, { maximumBytes: 20, onWriteError: (code) => void codes.push(code) })
  file.write('first\n')
  file.write(`${'é'.repeat(10)}\n`)
  file.write('second\n')
  file.close()
  expect(codes).toEqual(['EFBIG'])
  expect(linesIn(folder)).toEqual(['first\n', 'second\n'])
})

test('a file that somebody opened to others is closed to them again', () => {
  mkdirSync(folder, { mode: 0o700 })
  writeFileSync(path, 'before\n', { mode: 0o644 })
  chmodSync(path, 0o644)
  openRotatingFile(path).close()
  expect(modeOf(path)).toBe(0o600)
})

test.each(['750', '705', '701'])('a folder that others can enter is refused (%s)', (mode) => {
  mkdirSync(folder)
  chmodSync(folder, Number.parseInt(mode, 8))
  expect(() => openRotatingFile(path)).toThrow(DirectoryNotPrivate)
  expect(existsSync(path)).toBe(false)
})

test('after a restart lines follow those that are there, and the limit still counts them', () => {
  openAnd((file) => file.write('123456789\n'))
  openAnd((file) => file.write('12345678\n'))
  expect(readFileSync(path, 'utf8')).toBe('123456789\n12345678\n')
  openAnd((file) => file.write('1\n'))
  expect(readFileSync(`${path}.1`, 'utf8')).toBe('123456789\n12345678\n')
  expect(readFileSync(path, 'utf8')).toBe('1\n')
})

function openAnd(work: (file: RotatingFile) => void): void {
  const file = openRotatingFile(path, { maximumBytes: 20 })
  work(file)
  file.close()
}

test('part of a line that a crash left behind is cut off, so that every line can be read', () => {
  openAnd((file) => file.write('whole\n'))
  appendFileSync(path, 'ha')
  openAnd((file) => file.write('next\n'))
  expect(readFileSync(path, 'utf8')).toBe('whole\nnext\n')
  writeFileSync(path, 'ha')
  openAnd((file) => file.write('first\n'))
  expect(readFileSync(path, 'utf8')).toBe('first\n')
})

const untilItLooks = () => sleep(120)

test('a folder that somebody removed is made again, closed to others', async () => {
  const codes: string[] = []
  const file = openRotatingFile(path, { onWriteError: (code) => void codes.push(code) })
  file.write('before\n')
  rmSync(folder, { recursive: true })
  await untilItLooks()
  file.write('after\n')
  file.close()
  expect(codes).toEqual([])
  expect(readFileSync(path, 'utf8')).toBe('after\n')
  expect([modeOf(folder), modeOf(path)]).toEqual([0o700, 0o600])
})

test('a file that somebody removed is made again, also when it was full', async () => {
  const file = openRotatingFile(path, { maximumBytes: 10 })
  file.write('before\n')
  rmSync(path)
  await untilItLooks()
  file.write('after\n')
  rmSync(path)
  file.write('at once\n')
  file.close()
  expect(filesIn(folder)).toEqual(['app.log'])
  expect(readFileSync(path, 'utf8')).toBe('at once\n')
})

test('a file that somebody moved away keeps what it has, and a new one is begun', async () => {
  const file = openRotatingFile(path)
  file.write('before\n')
  renameSync(path, `${path}.kept`)
  await untilItLooks()
  file.write('after\n')
  file.close()
  expect(readFileSync(`${path}.kept`, 'utf8')).toBe('before\n')
  expect(readFileSync(path, 'utf8')).toBe('after\n')
})

test('a rotation that cannot be done loses lines, counts them, and goes on once it can', () => {
  const codes: string[] = []
  const file = openRotatingFile(path, {
    maximumBytes: 10,
    backups: 3,
    onWriteError: (code) => void codes.push(code),
  })
  for (const number of [1, 2, 3, 4]) file.write(`number ${number}\n`)
  const oldest = `${path}.3`
  rmSync(oldest)
  mkdirSync(oldest)
  for (let tries = 0; tries < 5; tries += 1) file.write('lost\n')
  expect(codes).toEqual(Array(5).fill('other'))
  rmdirSync(oldest)
  file.write('again\n')
  file.close()
  expect(codes).toHaveLength(5)
  expect(linesIn(folder)).toEqual(['number 2\n', 'number 3\n', 'number 4\n', 'again\n'])
})

test('a rotation that broke off in the middle goes on where it was, and no file is pushed out for nothing', () => {
  const open = () => openRotatingFile(path, { maximumBytes: 10, backups: 5 })
  const file = open()
  for (const number of [1, 2, 3, 4]) file.write(`number ${number}\n`)
  file.close()
  renameSync(`${path}.3`, `${path}.4`)
  renameSync(`${path}.2`, `${path}.3`)
  const after = open()
  after.write('number 5\n')
  after.close()
  expect(filesIn(folder)).toEqual(['app.log', 'app.log.1', 'app.log.2', 'app.log.3', 'app.log.4'])
  expect(linesIn(folder)).toEqual([1, 2, 3, 4, 5].map((number) => `number ${number}\n`))
})

test('on a disk without room lines are counted, nothing throws, and no half line stays', () => {
  // The kernel refuses to let a file grow beyond the limit of the process, in the middle of a line.
  const script = `
    import { readFileSync } from 'node:fs'
    import { openRotatingFile } from ${JSON.stringify(join(import.meta.dirname, 'rotating-file.ts'))}
    const codes = []
    const file = openRotatingFile(${JSON.stringify(path)}, { onWriteError: (code) => codes.push(code) })
    for (let index = 0; index < 50; index += 1) file.write('x'.repeat(99) + '\\n')
    const isWhole = readFileSync(${JSON.stringify(path)}, 'latin1').endsWith('x\\n')
    file.write('short\\n')
    process.stdout.write(JSON.stringify({ codes, isWhole }))`
  const run = spawnSync(
    '/bin/bash',
    ['-c', `ulimit -f 2; exec "$0" --input-type=module -e "$1"`, process.execPath, script],
    {
      encoding: 'utf8',
    },
  )
  const { codes, isWhole }: { codes: string[]; isWhole: boolean } = JSON.parse(run.stdout)
  expect(isWhole).toBe(true)
  expect(new Set(codes)).toEqual(new Set(['EFBIG']))
  const lines = linesIn(folder)
  expect(lines.filter((line) => line.length === 100)).toHaveLength(50 - codes.length)
  expect(lines.at(-1)).toBe('short\n')
  expect(codes.length).toBeGreaterThan(20)
})
