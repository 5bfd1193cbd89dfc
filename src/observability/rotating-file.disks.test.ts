import { spawnSync } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { canMount, fillDisk, mountDisk, unmountDisks } from '../../test/support/small-disk.ts'
import { claimLogDirectory } from './log-directory.ts'
import { openRotatingFile } from './rotating-file.ts'

const isRoot = process.getuid?.() === 0
const NOBODY = { uid: 65_534, gid: 65_534 }

const folders: string[] = []
afterAll(() => {
  unmountDisks()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const line = (number: number) => `${JSON.stringify({ number, text: 'x'.repeat(100) })}\n`
const numbersIn = (folder: string) =>
  ['app.log.2', 'app.log.1', 'app.log']
    .filter((name) => readdirSync(folder).includes(name))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'))
    .map((text): number => JSON.parse(text).number)

describe.skipIf(!canMount)('on a disk that is full (needs root, to mount a small one)', () => {
  test('lines are counted and left out whole, across rotations, and it goes on once there is room', () => {
    const disk = mountDisk('size=64k')
    const folder = join(disk, 'logs')
    const reasons: string[] = []
    const file = openRotatingFile(join(folder, 'app.log'), {
      maximumBytes: 20_000,
      onWriteError: (reason) => void reasons.push(reason),
    })
    const written: number[] = []
    const write = (number: number) => {
      const before = reasons.length
      file.write(line(number))
      if (reasons.length === before) written.push(number)
    }
    for (let number = 0; number < 200; number += 1) write(number)
    expect(written).toHaveLength(200)
    const ballast = fillDisk(disk)
    for (let number = 200; number < 400; number += 1) write(number)
    expect(reasons.length).toBeGreaterThan(150)
    expect(new Set(reasons)).toEqual(new Set(['ENOSPC']))
    rmSync(ballast)
    for (let number = 400; number < 450; number += 1) write(number)
    file.close()
    expect(written.slice(-50)).toEqual(Array.from({ length: 50 }, (_, index) => 400 + index))
    expect(numbersIn(folder)).toEqual(written)
  })

  test('a process starts all the same, even where nothing can be made, and writes once there is room', () => {
    // Room for five things: the disk, two folders, the ballast and one more.
    const disk = mountDisk('size=64k,nr_inodes=5')
    const logs = join(disk, 'logs')
    mkdirSync(join(logs, 'api'), { recursive: true, mode: 0o700 })
    const ballast = fillDisk(disk)
    writeFileSync(join(disk, 'one-more'), '')
    const folder = claimLogDirectory(logs, 'api')
    expect(folder).toBe(join(logs, 'api'))
    const reasons: string[] = []
    const file = openRotatingFile(join(folder, 'app.log'), {
      onWriteError: (reason) => void reasons.push(reason),
    })
    file.write(line(0))
    rmSync(join(disk, 'one-more'))
    file.write(line(1))
    rmSync(ballast)
    file.write(line(2))
    file.close()
    expect(reasons).toEqual(['ENOSPC', 'ENOSPC'])
    expect(numbersIn(folder)).toEqual([2])
  })
})

const source = join(import.meta.dirname, 'rotating-file.ts')
const tryToRead = ['-e', `require('node:fs').readFileSync(${JSON.stringify(source)})`]
// To root every folder is open; and under a 0700 home nobody else can run our sources.
const canLosePermissions =
  !isRoot || spawnSync(process.execPath, tryToRead, { cwd: '/', ...NOBODY }).status === 0

describe.skipIf(!canLosePermissions)(
  'in a folder that may not be entered any more (needs an ordinary user)',
  () => {
    test('lines go on into the open file; at a rotation they are counted, until it may be entered again', () => {
      const home = mkdtempSync(join(tmpdir(), 'paraph-closed-'))
      folders.push(home)
      if (isRoot) chownSync(home, NOBODY.uid, NOBODY.gid)
      const folder = join(home, 'logs')
      const script = `
      import { chmodSync } from 'node:fs'
      import { openRotatingFile } from ${JSON.stringify(source)}
      const folder = ${JSON.stringify(folder)}
      const reasons = []
      const file = openRotatingFile(folder + '/app.log', {
        maximumBytes: 50,
        onWriteError: (reason) => reasons.push(reason),
      })
      const write = (number) => file.write(JSON.stringify({ number }) + '\\n')
      write(1)
      chmodSync(folder, 0)
      await new Promise((resolve) => setTimeout(resolve, 120))
      write(2)
      write(3)
      write(4)
      const meanwhile = [...reasons]
      for (const number of [5, 6, 7]) write(number)
      chmodSync(folder, 0o700)
      write(8)
      process.stdout.write(JSON.stringify({ meanwhile, reasons }))`
      const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
        cwd: '/',
        encoding: 'utf8',
        ...(isRoot ? NOBODY : {}),
      })
      expect(run.stderr).toBe('')
      expect(JSON.parse(run.stdout)).toEqual({ meanwhile: ['EACCES'], reasons: Array(4).fill('EACCES') })
      expect(numbersIn(folder)).toEqual([1, 2, 3, 8])
    })
  },
)
