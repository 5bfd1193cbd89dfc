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
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeEach, expect, test } from 'vitest'
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

test('thousands of rotations cut no line, overshoot no limit and keep the newest files only', () => {
  const file = openRotatingFile(path, { maximumBytes: 60, backups: 3 })
  const lines = Array.from({ length: 5_000 }, (_, index) => `${index}:é${'x'.repeat(index % 40)}\n`)
  let largest = 0
  for (const [index, line] of lines.entries()) {
    file.write(line)
    if (index % 100 === 0)
      largest = Math.max(largest, ...filesIn(folder).map((name) => statSync(join(folder, name)).size))
  }
  file.close()
  expect(filesIn(folder)).toEqual(['app.log', 'app.log.1', 'app.log.2', 'app.log.3'])
  expect(
    Math.max(largest, ...filesIn(folder).map((name) => statSync(join(folder, name)).size)),
  ).toBeLessThanOrEqual(60)
  const kept = linesIn(folder)
  expect(kept.length).toBeGreaterThanOrEqual(4)
  expect(kept).toEqual(lines.slice(-kept.length))
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

test.each([0o000, 0o022, 0o077])('only the owner may read the files, whatever the umask (%i)', (mask) => {
  withUmask(mask, () => {
    const file = openRotatingFile(path, { maximumBytes: 10, backups: 2 })
    for (let index = 0; index < 5; index += 1) file.write(`line ${index}\n`)
    file.close()
  })
  expect(filesIn(folder).map((name) => modeOf(join(folder, name)))).toEqual([0o600, 0o600, 0o600])
  expect(modeOf(folder)).toBe(0o700)
})

test('a file that somebody opened to others is closed to them again', () => {
  mkdirSync(folder, { mode: 0o700 })
  writeFileSync(path, 'before\n', { mode: 0o644 })
  chmodSync(path, 0o644)
  openRotatingFile(path).close()
  expect(modeOf(path)).toBe(0o600)
})

test.each([0o750, 0o705, 0o701])('a folder that others can enter is refused (%i)', (mode) => {
  mkdirSync(folder)
  chmodSync(folder, mode)
  expect(() => openRotatingFile(path)).toThrow('can be read by other users')
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

test('half a line that a crash left behind is not glued to the next one', () => {
  openAnd((file) => file.write('whole\n'))
  appendFileSync(path, 'ha')
  openAnd((file) => file.write('next\n'))
  expect(readFileSync(path, 'utf8')).toBe('whole\nha\nnext\n')
})

test('lines written while the folder is away are counted, and the file goes on when it is back', () => {
  const codes: string[] = []
  const file = openRotatingFile(path, { onWriteError: (code) => void codes.push(code) })
  file.write('before\n')
  rmSync(folder, { recursive: true })
  file.write('lost\n')
  file.write('lost\n')
  mkdirSync(folder, { mode: 0o700 })
  file.write('after\n')
  file.close()
  expect(codes).toEqual(['ENOENT', 'ENOENT'])
  expect(readFileSync(path, 'utf8')).toBe('after\n')
})

test('a file that somebody removed is made again', () => {
  const file = openRotatingFile(path)
  file.write('before\n')
  rmSync(path)
  file.write('after\n')
  file.close()
  expect(readFileSync(path, 'utf8')).toBe('after\n')
})

test('a rotation that cannot be done loses lines, counts them, and goes on once it can', () => {
  const codes: string[] = []
  const file = openRotatingFile(path, {
    maximumBytes: 10,
    backups: 1,
    onWriteError: (code) => void codes.push(code),
  })
  file.write('12345678\n')
  mkdirSync(`${path}.1`)
  file.write('lost\n')
  expect(codes).toHaveLength(1)
  renameSync(`${path}.1`, join(root, `away-${count}`))
  file.write('again\n')
  file.close()
  expect(codes).toHaveLength(1)
  expect(linesIn(folder)).toEqual(['12345678\n', 'again\n'])
})

test('on a disk without room lines are counted, nothing throws, and no half line stays', () => {
  // The kernel refuses to let a file grow beyond the limit of the process, in the middle of a line.
  const script = `
    import { openRotatingFile } from ${JSON.stringify(join(import.meta.dirname, 'rotating-file.ts'))}
    const codes = []
    const file = openRotatingFile(${JSON.stringify(path)}, { onWriteError: (code) => codes.push(code) })
    for (let index = 0; index < 50; index += 1) file.write('x'.repeat(99) + '\\n')
    file.write('short\\n')
    process.stdout.write(JSON.stringify(codes))`
  const run = spawnSync(
    '/bin/bash',
    ['-c', `ulimit -f 2; exec "$0" --input-type=module -e "$1"`, process.execPath, script],
    {
      encoding: 'utf8',
    },
  )
  const codes: string[] = JSON.parse(run.stdout)
  expect(new Set(codes)).toEqual(new Set(['EFBIG']))
  const lines = linesIn(folder)
  expect(lines.filter((line) => line.length === 100)).toHaveLength(50 - codes.length)
  expect(lines.at(-1)).toBe('short\n')
  expect(codes.length).toBeGreaterThan(20)
})
