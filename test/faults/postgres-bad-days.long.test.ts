import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findPackage, prepareBinaries } from '../../src/platform/embedded-postgres/binaries.ts'
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts'
import {
  canRunAsOrdinary,
  codeOf,
  isRoot,
  makeTemporaryFolder,
  newDirectory,
  nobody,
  ordinary,
  query,
  removeTemporaryFolders,
  startElsewhere,
  untilGone,
} from '../support/postgres-trial.ts'

afterAll(removeTemporaryFolders)

describe('a start on bad days', () => {
  it('initializes once when four start at the same moment', async () => {
    const directory = newDirectory()
    const steps: string[] = []
    const here = () => startEmbeddedPostgres({ directory, onProgress: (step) => steps.push(step) })
    const [a, b, c, d] = await Promise.all([
      here(),
      here(),
      startElsewhere(directory),
      startElsewhere(directory),
    ])
    const all = [...steps, ...(c.steps ?? []), ...(d.steps ?? [])]
    expect(all.filter((step) => step === 'initializing')).toHaveLength(1)
    expect(all.filter((step) => step === 'ready')).toHaveLength(4)
    expect(new Set([a.pid, b.pid, c.pid, d.pid]).size).toBe(1)
    expect([a, b, c, d].filter(({ attached }) => attached)).toHaveLength(3)
    await a.stop()
  })

  it('repairs what a start left that was killed inside initdb, then before the roles, then as it started', async () => {
    const directory = newDirectory()
    expect(await startElsewhere(directory, { dieAt: 'initializing', dieAfterMs: 300 })).toEqual({})
    expect(existsSync(join(directory, 'data.new'))).toBe(true)
    expect(await startElsewhere(directory, { dieAt: 'starting' })).toEqual({})
    expect([existsSync(join(directory, 'data.new')), existsSync(join(directory, 'data'))]).toEqual([
      false,
      true,
    ])
    expect(await startElsewhere(directory, { dieAt: 'starting', dieAfterMs: 5 })).toEqual({})
    const server = await startEmbeddedPostgres({ directory })
    expect(await query(server.urls.app, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(readdirSync(join(directory, 'run')).filter((name) => name.startsWith('initdb'))).toEqual([])
    await server.stop()
  })

  it('listens on a free loopback port when the path of the socket is too long', async () => {
    const directory = join(makeTemporaryFolder(), 'x'.repeat(100), 'postgres')
    const server = await startEmbeddedPostgres({ directory })
    expect(server.urls.app).toMatch(/@127\.0\.0\.1:\d+\/paraph$/)
    expect(await query(server.urls.app, 'select 1 as one')).toEqual([{ one: 1 }])
    const again = await startEmbeddedPostgres({ directory })
    expect([again.attached, again.urls]).toEqual([true, server.urls])
    await server.stop()
  })

  it('takes a folder whose name holds a comma, a space, a quote and an accent', async () => {
    const directory = join(makeTemporaryFolder(), `l'été, 50% "sûr"`, 'postgres')
    const server = await startEmbeddedPostgres({ directory })
    expect(await query(server.urls.app, 'select 1 as one')).toEqual([{ one: 1 }])
    await server.stop()
  })

  it.skipIf(!canRunAsOrdinary)(
    'works for an ordinary user and says what is wrong with a read-only folder',
    async () => {
      const home = makeTemporaryFolder()
      if (isRoot) chownSync(home, nobody.uid, nobody.gid)
      const directory = join(home, 'postgres')
      const first = await startElsewhere(directory, { account: ordinary })
      expect(first).toMatchObject({ attached: false })
      expect(await query(first.url ?? '', 'select 1 as one')).toEqual([{ one: 1 }])
      // For root this is the folder of another account: it serves it under that account, and leaves it usable.
      const second = await startEmbeddedPostgres({ directory })
      expect([second.attached, second.pid]).toEqual([true, first.pid])
      await second.stop()
      await (await startEmbeddedPostgres({ directory })).stop()
      const third = await startElsewhere(directory, { account: ordinary })
      expect(third).toMatchObject({ attached: false })
      process.kill(third.pid ?? 0, 'SIGINT')
      await untilGone(third.pid ?? 0)
      const readOnly = join(home, 'read-only')
      mkdirSync(readOnly, { mode: 0o555 })
      const refused = await startElsewhere(join(readOnly, 'postgres'), { account: ordinary })
      expect(refused).toMatchObject({ code: 'database-directory-unusable', reason: 'EACCES' })
    },
  )

  it.skipIf(!isRoot)(
    'copies the programs, once, when their package lies where the server’s account may not go',
    async () => {
      const hidden = makeTemporaryFolder()
      const shared = makeTemporaryFolder()
      chmodSync(shared, 0o755)
      cpSync(findPackage(), hidden, { recursive: true, verbatimSymlinks: true })
      const links = readdirSync(join(hidden, 'native/lib'), { withFileTypes: true }).filter((file) =>
        file.isSymbolicLink(),
      )
      for (const { name } of links) rmSync(join(hidden, 'native/lib', name))
      chmodSync(hidden, 0o700)
      const options = {
        packageFolder: hidden,
        account: nobody,
        ownFolder: '/nowhere',
        sharedFolders: [shared],
      }
      const copies = await Promise.all([prepareBinaries(options), prepareBinaries(options)])
      const [name = ''] = readdirSync(shared)
      expect(name).toMatch(/^postgres-18\./)
      expect(copies).toEqual(Array(2).fill(join(shared, name, 'native')))
      const made = statSync(join(shared, name)).mtimeMs
      expect(await prepareBinaries(options)).toBe(copies[0])
      expect(statSync(join(shared, name)).mtimeMs).toBe(made)
      // A folder that others may write is not trusted.
      chmodSync(shared, 0o777)
      expect(await codeOf(prepareBinaries(options))).toBe('database-binaries-unusable')
    },
  )

  it('says what is wrong with a folder that is no folder, no cluster, or of another version', async () => {
    const directory = newDirectory()
    mkdirSync(join(directory, 'data'), { recursive: true })
    if (isRoot) chownSync(join(directory, 'data'), nobody.uid, nobody.gid)
    writeFileSync(join(directory, 'data', 'letter.txt'), '')
    expect(await startElsewhere(directory)).toMatchObject({
      code: 'database-directory-unusable',
      reason: 'not-a-cluster',
    })
    writeFileSync(join(directory, 'data', 'PG_VERSION'), '17\n')
    expect(await startElsewhere(directory)).toMatchObject({ code: 'database-version-mismatch' })
    const file = join(makeTemporaryFolder(), 'file')
    writeFileSync(file, '')
    expect(await startElsewhere(file)).toMatchObject({
      code: 'database-directory-unusable',
      reason: 'EEXIST',
    })
    const below = join(file, 'postgres')
    expect(await startElsewhere(below)).toMatchObject({
      code: 'database-directory-unusable',
      reason: 'ENOTDIR',
    })
  })
})
