import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { isDiskFull } from './write-errors.ts'

/** The folder of logs can be read by other accounts of the machine; a person has to decide what they may have seen. */
export class DirectoryNotPrivate extends Error {}

/** Makes the folder 0700, whatever the umask. Throws `DirectoryNotPrivate` when it is there and others may read it. */
export function makePrivateDirectory(folder: string): void {
  if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) chmodSync(folder, 0o700)
  if ((statSync(folder).mode & 0o077) !== 0) throw new DirectoryNotPrivate()
}

/**
 * Takes the folder `<logs>/<role>` for this process; `<role>-2` and so on while another living process writes there,
 * since two processes that rotate the same files would lose lines. Throws what `makePrivateDirectory` throws.
 */
export function claimLogDirectory(logs: string, role: string): string {
  for (let number = 1; ; number += 1) {
    const folder = join(logs, number === 1 ? role : `${role}-${number}`)
    makePrivateDirectory(folder)
    if (claim(folder)) return folder
  }
}

const CLAIM = /^writer\.(\d+)$/

/**
 * Claims are symbolic links `writer.<n>` that name a process: made with their content in one step, by one process only.
 * The highest one counts. A claim of the dead is not removed but outnumbered, since two that find it at the same time
 * could remove each other's; the links below the highest are litter.
 */
function claim(folder: string): boolean {
  for (;;) {
    const highest = numbersOfClaims(folder).at(-1) ?? 0
    if (highest > 0 && isAlive(holderOf(folder, highest))) return false
    const ours = highest + 1
    try {
      symlinkSync(identityOf(process.pid), join(folder, `writer.${ours}`))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue
      // Nobody else can make a claim now either, and logs matter most on a bad day.
      if (isDiskFull(error)) return true
      throw error
    }
    const numbers = numbersOfClaims(folder)
    for (const number of numbers) {
      if (number < ours) rmSync(join(folder, `writer.${number}`), { force: true })
    }
    if (numbers.at(-1) === ours) return true
    // We were slow: others had come, and tidied away the number that we then took for free.
    rmSync(join(folder, `writer.${ours}`), { force: true })
  }
}

function numbersOfClaims(folder: string): number[] {
  return readdirSync(folder)
    .flatMap((name) => CLAIM.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
}

function holderOf(folder: string, number: number): string {
  try {
    return readlinkSync(join(folder, `writer.${number}`))
  } catch {
    // Outnumbered and tidied away meanwhile.
    return ''
  }
}

/** The process's number and when it began, because numbers are given again; the number alone where there is no /proc. */
function identityOf(pid: number): string {
  return `${pid}.${startOf(pid)}`
}

function isAlive(identity: string): boolean {
  const pid = Number(identity.split('.')[0])
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return identityOf(pid) === identity
}

/** Fields 3 (state) and 22 (start, in ticks since boot) of proc(5); the name before them may hold any character. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? 'dead' : (fields[19] ?? '')
  } catch {
    return ''
  }
}
