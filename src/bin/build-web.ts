import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { childEnvironment } from '../platform/config.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const BUILT = join(ROOT, 'dist', 'web')
/** Everything that a build depends on; `contract.ts` and `score.ts` are what the screens may import of the rooms, and the
 * pages of the playbook are shown. */
const SOURCES = [
  'web/**/*',
  'src/**/contract.ts',
  'src/marking/score.ts',
  'docs/playbook/*/*.md',
  'package-lock.json',
]
/** A build that a process still serves from outlives one that came after it. */
const BUILDS_KEPT = 2

/** The folder of the web application as the sources are now; undefined when it was not built. */
export function findWeb(): string | undefined {
  const folder = join(BUILT, hashSources())
  return existsSync(folder) ? folder : undefined
}

/**
 * Builds the web application unless it is there for the sources as they are; returns its folder, undefined when it
 * cannot be built. A folder appears whole or not at all, under the hash of what it was made of: a crash leaves no half
 * build, and of two builds at once the second finds that of the first.
 */
export async function buildWeb(onStep: (step: string) => void): Promise<string | undefined> {
  const built = findWeb()
  if (built) return built
  onStep('building the web application')
  mkdirSync(BUILT, { recursive: true })
  const folder = join(BUILT, hashSources())
  const draft = mkdtempSync(join(BUILT, '.draft-'))
  try {
    if (!(await runVite(draft))) return undefined
    await compressFiles(draft)
    putInPlace(draft, folder)
    removeOldBuilds(folder)
    return folder
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

function hashSources(): string {
  const hash = createHash('sha256')
  const files = SOURCES.flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
  for (const file of files.sort()) {
    const path = join(ROOT, file)
    if (statSync(path).isDirectory()) continue
    hash.update(`${file}\0`).update(readFileSync(path)).update('\0')
  }
  return hash.digest('hex').slice(0, 16)
}

/** In a process of its own, which takes its memory away with it; `npx vite build web` shows what it prints. */
async function runVite(folder: string): Promise<boolean> {
  const manifest = createRequire(import.meta.url).resolve('vite/package.json')
  const program = join(dirname(manifest), 'bin', 'vite.js')
  const child = spawn(
    process.execPath,
    [program, 'build', 'web', '--config', 'web/vite.config.ts', '--outDir', folder, '--logLevel', 'error'],
    { cwd: ROOT, env: childEnvironment({ NODE_ENV: 'production' }), stdio: 'ignore' },
  )
  const [code] = await once(child, 'exit')
  return code === 0
}

const COMPRESSIBLE = /\.(js|css|html|svg)$/

/** Beside each file its smaller forms, so that no request has to wait for them. */
async function compressFiles(folder: string): Promise<void> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const files = names.filter((name) => COMPRESSIBLE.test(name)).map((name) => join(folder, name))
  await Promise.all(
    files.map(async (file) => {
      const content = readFileSync(file)
      writeFileSync(`${file}.gz`, await promisify(gzip)(content, { level: 9 }))
      writeFileSync(`${file}.br`, await promisify(brotliCompress)(content))
    }),
  )
}

function putInPlace(draft: string, folder: string): void {
  try {
    renameSync(draft, folder)
  } catch (error) {
    // Another build of the same sources was quicker.
    if (!existsSync(folder)) throw error
  }
}

function removeOldBuilds(current: string): void {
  const byAge = readdirSync(BUILT)
    .filter((name) => !name.startsWith('.'))
    .map((name) => join(BUILT, name))
    .filter((folder) => folder !== current)
    .map((folder) => ({ folder, at: statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.at - a.at)
  for (const { folder } of byAge.slice(BUILDS_KEPT - 1)) rmSync(folder, { recursive: true, force: true })
}
