import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TRANSITIONS } from '../../src/copies/status.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const page = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')

/** The folders of the drawn tree, as paths from `src`; two more spaces lead one folder deeper. */
function describedFolders(): string[] {
  const tree = /```text\nsrc\/\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  const path: string[] = []
  return tree
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, indent = '', name] = /^((?: {2})+)([a-z-]+)\/ +\S/.exec(line) ?? []
      if (name === undefined) throw new Error(`not a line of the tree: ${line}`)
      path.splice(indent.length / 2 - 1, path.length, name)
      return path.join('/')
    })
}

/** The folders that hold a file; git does not know empty ones. */
function foldersOfSource(): string[] {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  return [...new Set(files.map((entry) => relative(join(ROOT, 'src'), entry.parentPath)))]
}

/** Everything in backquotes that names a place in the repository: `src/…`, or a file with a path or a function. */
function namedPlaces(): { file: string; name: string | undefined }[] {
  const words = [...page.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '')
  return words
    .map((word) => /^([\w.-]+(?:\/[\w.-]+)*\/?)(?:#(\w+))?$/.exec(word))
    .map((match) => ({ file: match?.[1] ?? '', name: match?.[2] }))
    .filter(({ file, name }) => name !== undefined || file.includes('/'))
}

function exportsName(file: string, name: string): boolean {
  const path = join(ROOT, file)
  const declaration = new RegExp(`^export (?:async )?(?:function|const|class|type) ${name}\\b`, 'm')
  return existsSync(path) && declaration.test(readFileSync(path, 'utf8'))
}

/** The rows below the table header that begins with these cells, each as its cells without backquotes. */
function tableUnder(...header: string[]): string[][] {
  const rows = page.split('\n').map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
  const first = rows.findIndex((cells) => header.every((title, column) => cells[column] === title))
  const below = first < 0 ? [] : rows.slice(first + 2)
  return below.slice(
    0,
    below.findIndex((cells) => cells.length === 0),
  )
}

describe('ARCHITECTURE.md', () => {
  it('describes every folder of src, and no other', () => {
    expect(describedFolders().length).toBeGreaterThan(5)
    expect(describedFolders().sort()).toEqual(foldersOfSource().sort())
  })

  it('names no file or folder that does not exist', () => {
    const files = namedPlaces().map(({ file }) => file)
    expect(files.length).toBeGreaterThan(30)
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
  })

  it('names no function that its file does not export', () => {
    const functions = namedPlaces().flatMap(({ file, name }) => (name === undefined ? [] : [{ file, name }]))
    expect(functions.length).toBeGreaterThan(20)
    expect(functions.filter(({ file, name }) => !exportsName(file, name))).toEqual([])
  })

  it('tells the moves of a copy as the code has them', () => {
    const told = tableUnder('move', 'from', 'to').map(([move, from, to]) => ({ move, from, to }))
    expect(told).toEqual(Object.entries(TRANSITIONS).map(([move, { from, to }]) => ({ move, from, to })))
  })

  it('can be read in one sitting', () => {
    expect(page.split('\n').length).toBeLessThanOrEqual(200)
  })
})
