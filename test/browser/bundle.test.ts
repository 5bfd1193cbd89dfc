import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import manifestOfPackage from '../../package.json' with { type: 'json' }
import { buildWeb } from '../../src/bin/build-web.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const LIMIT_BYTES = 120_000
const MOST_DEPENDENCIES = 12
/** The screen of the workbench, as the build names it. */
const WORKBENCH = 'workbench/copy.tsx'

type Chunk = { readonly file: string; readonly imports?: readonly string[] }

describe('what a browser is given', () => {
  let folder: string
  let manifest: Readonly<Record<string, Chunk>>
  beforeAll(async () => {
    folder = (await buildWeb(() => undefined)) ?? ''
    manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
  })

  /** The scripts of some entries with all that they import, without what waits to be asked for. */
  function scriptsOf(...entries: string[]): ReadonlySet<string> {
    const files = new Set<string>()
    const visit = (key: string): void => {
      const chunk = manifest[key]
      if (!chunk) throw new Error(`the build has no ${key}`)
      if (files.has(chunk.file)) return
      files.add(chunk.file)
      for (const next of chunk.imports ?? []) visit(next)
    }
    for (const entry of entries) visit(entry)
    return files
  }

  const sizeOf = (files: ReadonlySet<string>) =>
    [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file)), { level: 9 }).length, 0)

  it.each(['fr', 'en'])('is at most 120 kB of script for the workbench, in %s', (language) => {
    const size = sizeOf(scriptsOf('index.html', `shared/${language}.ts`, WORKBENCH))
    process.stdout.write(`workbench route (${language}): ${(size / 1_000).toFixed(1)} kB of script, gzip\n`)
    expect(size).toBeLessThanOrEqual(LIMIT_BYTES)
  })

  it('holds nothing of the server and no renderer of React: no zod, no file of a room but the score', () => {
    const scripts = globSync('assets/*.js', { cwd: folder }).map((file) =>
      readFileSync(join(folder, file), 'utf8'),
    )
    expect(scripts.length).toBeGreaterThan(5)
    expect(scripts.filter((script) => /ZodError|kysely|mupdf|react-dom/.test(script))).toEqual([])
  })

  it('comes from at most twelve packages', () => {
    const sources = globSync('web/**/*.{ts,tsx,css}', { cwd: ROOT, exclude: ['web/vite.config.ts'] })
      .map((file) => readFileSync(join(ROOT, file), 'utf8'))
      .join('\n')
    const packages = Object.keys(manifestOfPackage.dependencies).filter((name) =>
      new RegExp(`(from|import|import\\()\\s*['"]${name}['"/]`).test(sources),
    )
    expect(packages).toContain('react')
    expect(packages.length, packages.join(', ')).toBeLessThanOrEqual(MOST_DEPENDENCIES)
  })
})
