import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
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

function foldersOfSource(): string[] {
  return readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(ROOT, 'src/').length))
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

/** The rows of the table whose header begins with these cells; each row is its cells without backquotes. */
function tableAfter(header: string): string[][] {
  const lines = page.slice(page.indexOf(header)).split('\n').slice(2)
  return lines
    .slice(
      0,
      lines.findIndex((line) => !line.startsWith('|')),
    )
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
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
    const told = tableAfter('| move | from | to |').map(([move, from, to]) => ({ move, from, to }))
    expect(told).toEqual(Object.entries(TRANSITIONS).map(([move, { from, to }]) => ({ move, from, to })))
  })

  it('can be read in one sitting', () => {
    expect(page.split('\n').length).toBeLessThanOrEqual(200)
  })
})
