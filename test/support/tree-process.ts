import { readdirSync, readFileSync } from 'node:fs'

/** The number of a process of `paraph start`, whose children name the data folder in their environment only. */
export function findTreeProcess(folder: string, role: 'api' | 'worker'): number | undefined {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => {
      try {
        const isRole = readFileSync(`/proc/${pid}/cmdline`, 'utf8').endsWith(`paraph.ts\0${role}\0`)
        return isRole && environmentOf(pid)['PARAPH_DATA'] === folder
      } catch {
        return false
      }
    })
}

/** What a process was started with. */
export function environmentOf(pid: number): Readonly<Record<string, string>> {
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean)
  return Object.fromEntries(
    entries.map((entry) => [entry.split('=')[0], entry.slice(entry.indexOf('=') + 1)]),
  )
}
