import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

type Entry = {
  readonly name?: string
  readonly resolved?: string
  readonly hasInstallScript?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const ROOT = resolve(import.meta.dirname, '../..')
const lockfile = readJson('package-lock.json')
const manifest = readJson('package.json')
/** Folder in `node_modules` → package; the package itself is the entry named ''. */
const entries: readonly [string, Entry][] = Object.entries(lockfile.packages)

function readJson(name: string) {
  return JSON.parse(readFileSync(join(ROOT, name), 'utf8'))
}

/** Whether a package that lies in `folder` finds `name`, as Node looks for it: beside, then ever further up. */
function canFind(folder: string, name: string): boolean {
  if (Object.hasOwn(lockfile.packages, join(folder, 'node_modules', name))) return true
  const end = folder.lastIndexOf('node_modules/')
  return folder !== '' && canFind(folder.slice(0, Math.max(0, end - 1)), name)
}

function packageName([folder, entry]: readonly [string, Entry]): string {
  return entry.name ?? folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

describe('the lockfile', () => {
  it('holds an entry for every optional dependency, without which npm 11 refuses it on every platform', () => {
    const wanted = entries.flatMap(([folder, entry]) =>
      Object.keys(entry.optionalDependencies ?? {}).map((name) => ({ folder, name })),
    )
    expect(wanted.length).toBeGreaterThan(0)
    expect(wanted.filter(({ folder, name }) => !canFind(folder, name))).toEqual([])
  })

  it('names no registry, so that anyone can install from their own', () => {
    expect(entries.length).toBeGreaterThan(100)
    expect(entries.filter(([, entry]) => entry.resolved !== undefined)).toEqual([])
  })

  it('brings no package whose install script is not denied', () => {
    const withScript = entries.filter(([folder, entry]) => folder !== '' && entry.hasInstallScript)
    const denied = new Set(
      Object.keys(manifest.allowScripts).filter((name) => manifest.allowScripts[name] === false),
    )
    expect(withScript.map(packageName).filter((name) => !denied.has(name))).toEqual([])
  })
})

describe('the manifest', () => {
  it('asks for exact versions, so that the Node that installs chooses nothing', () => {
    const { dependencies, devDependencies, optionalDependencies } = manifest
    const wanted = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
    expect(wanted.length).toBeGreaterThan(10)
    expect(wanted.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(String(version)))).toEqual([])
  })
})
