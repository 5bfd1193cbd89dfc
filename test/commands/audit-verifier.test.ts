import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LogTables, openLogTables } from '../support/log-tables.ts'
import { makePublishingFolders, type PublishingFolders } from '../support/publishing.ts'
import { leavesOf } from '../support/reference-tree.ts'

const SOURCE = resolve(import.meta.dirname, '../../docs/audit-verifier/main.go')
/** Where the Debian package golang-golang-x-mod-dev puts the Go project's own code. */
const listed = spawnSync('dpkg', ['-L', 'golang-golang-x-mod-dev'], { encoding: 'utf8' }).stdout ?? ''
const packaged = listed.split('\n').find((line) => line.endsWith('/gocode'))
const canBuild = packaged !== undefined && spawnSync('go', ['version']).status === 0

// Needs the Debian packages golang-go and golang-golang-x-mod-dev.
describe.skipIf(!canBuild)('the verifier in Go that docs/audit.md tells how to build', () => {
  const root = mkdtempSync(join(tmpdir(), 'paraph-verifier-'))
  const program = join(root, 'audit-verifier')
  const saved = join(root, 'saved.checkpoint')
  let tables: LogTables
  let folders: PublishingFolders

  beforeAll(async () => {
    const source = join(root, 'src/audit-verifier')
    mkdirSync(source, { recursive: true })
    copyFileSync(SOURCE, join(source, 'main.go'))
    const environment = {
      ...process.env,
      GO111MODULE: 'off',
      GOPROXY: 'off',
      GOPATH: `${root}:${packaged}`,
      GOCACHE: join(root, 'cache'),
    }
    const built = spawnSync('go', ['build', '-o', program, 'audit-verifier'], {
      env: environment,
      encoding: 'utf8',
    })
    expect(built.stderr).toBe('')
    tables = await openLogTables()
    folders = makePublishingFolders()
    const { publishOnce } = folders.start(tables.db)
    await tables.grow(leavesOf(700).slice(0, 300))
    await publishOnce()
    copyFileSync(join(folders.tlogDirectory, 'checkpoint'), saved)
    await tables.grow(leavesOf(700).slice(300))
    await publishOnce()
  }, 180_000)
  afterAll(async () => {
    await tables?.close()
    folders?.remove()
    rmSync(root, { recursive: true, force: true })
  })

  const run = (folder: string, ...more: string[]) =>
    spawnSync(program, [folder, folders.log().vkeys[0] ?? '', ...more], { encoding: 'utf8' })
  let copies = 0
  /** A copy of the published log to damage. */
  function copyLog(): string {
    copies += 1
    const folder = join(root, `copy-${copies}`)
    cpSync(folders.tlogDirectory, folder, { recursive: true })
    return folder
  }
  function flipByte(path: string, offset: number): void {
    const bytes = readFileSync(path)
    bytes[offset] = (bytes[offset] ?? 0) ^ 1
    writeFileSync(path, bytes)
  }

  it('accepts what we publish, and that it begins with what was saved earlier', () => {
    const { status, stdout } = run(folders.tlogDirectory, saved)
    expect(stdout).toContain('begins with the 300 entries of the saved checkpoint')
    expect(stdout).toContain('VERIFIED: 700 entries')
    expect(status).toBe(0)
  })

  it.each([
    ['one byte of an entry', (log: string) => flipByte(join(log, 'tile/entries/001'), 40)],
    ['one byte of a hash', (log: string) => flipByte(join(log, 'tile/0/000'), 40)],
    ['one byte of the checkpoint', (log: string) => flipByte(join(log, 'checkpoint'), 40)],
    ['a bundle that is gone', (log: string) => rmSync(join(log, 'tile/entries/000'))],
    [
      'a log that is older than the saved checkpoint',
      (log: string) => {
        copyFileSync(saved, join(log, 'newer'))
        copyFileSync(join(log, 'checkpoint'), saved)
        copyFileSync(join(log, 'newer'), join(log, 'checkpoint'))
      },
    ],
  ])('refuses %s', (_what, damage) => {
    const log = copyLog()
    damage(log)
    const { status, stdout } = run(log, saved)
    expect(stdout).toContain('NOT VERIFIED')
    expect(status).toBe(1)
  })
})
