import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { roomOf } from './place.ts'
import { type Project, pathOf } from './project.ts'

/** How many files of a room were read. */
export type Room = { readonly name: string; readonly production: number; readonly tests: number }

/** Every room with what was read of it. Throws when that is not exactly what lay on the disk. */
export function countRooms(project: Project, onDisk: readonly string[]): readonly Room[] {
  const production = project.sources.map((file) => pathOf(project, file))
  const tests = project.tests.map((file) => pathOf(project, file))
  const read = new Set([...production, ...tests])
  const skipped = onDisk.filter((file) => !read.has(file))
  if (skipped.length > 0 || read.size !== onDisk.length) {
    throw new Error(`read ${read.size} of ${onDisk.length} files; not read: ${skipped.join(', ') || 'none'}`)
  }
  const names = [...new Set([...read].map(roomOf))].sort()
  const countOf = (files: readonly string[], room: string) =>
    files.filter((file) => roomOf(file) === room).length
  return names.map((name) => ({
    name,
    production: countOf(production, name),
    tests: countOf(tests, name),
  }))
}

/** Every file of code below `src`, asked of the disk and not of the compiler. */
export function listSources(root: string): readonly string[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.[jt]s$/.test(file))
    .map((file) => `src/${file}`)
    .sort()
}
