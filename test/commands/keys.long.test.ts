import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { integrateBatch } from '../../src/audit/integrate.ts'
import { loadOwnLog } from '../../src/audit/log-key.ts'
import { createPublication } from '../../src/audit/publish.ts'
import { openTileFiles } from '../../src/audit/tile-files.ts'
import { openCheckpoint } from '../../src/audit/tlog/checkpoint.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { type Database, openDatabase } from '../../src/platform/database.ts'
import { loadKeys } from '../../src/platform/keys.ts'
import { type Ended, startCommand } from '../support/command.ts'
import { createTestDatabase, runAs, type TestDatabase } from '../support/database.ts'

describe('the keys of an installation', () => {
  const root = mkdtempSync(join(tmpdir(), 'paraph-keys-'))
  const folder = join(root, 'data')
  const keysDirectory = `${folder}-keys`
  const tlogDirectory = join(folder, 'tlog')
  const faultFile = join(root, 'fault')
  let database: TestDatabase
  let db: Database

  beforeAll(async () => {
    database = await createTestDatabase()
    db = openDatabase(database.integratorUrl, { applicationName: 'paraph-test', maxConnections: 2 })
    loadKeys(keysDirectory)
    mkdirSync(join(folder, 'blobs'), { recursive: true })
  })
  afterAll(async () => {
    await db?.destroy()
    await database?.drop()
    rmSync(root, { recursive: true, force: true })
  })

  function run(...command: string[]): Promise<Ended> {
    const env = {
      DATABASE_URL: database.url,
      DATABASE_ERASER_URL: database.eraserUrl,
      PARAPH_FAULT_FILE: faultFile,
    }
    return startCommand(folder, command, { env }).ended
  }
  const file = (name: string) => readFileSync(join(keysDirectory, name), 'utf8')
  const filesOf = (key: string) => readdirSync(keysDirectory).filter((name) => name.startsWith(`${key}.`))
  const rotations = () =>
    runAs<{ metadata: { key: string; key_id: string }; actor_kind: string }>(
      database.ownerUrl,
      `select metadata, actor_kind from audit_event where action = 'ROTATE_KEY' order by id`,
    )
  /** As the worker does. */
  async function publish(): Promise<void> {
    const log = loadOwnLog(keysDirectory)
    const files = openTileFiles(tlogDirectory)
    await integrateBatch({ db, keys: loadKeys(keysDirectory) })
    await createPublication({
      db,
      log,
      keysDirectory,
      files,
      witnesses: [],
      clock: systemClock,
    }).publishOnce()
  }
  const readCheckpoint = () => readFileSync(join(tlogDirectory, 'checkpoint'), 'utf8')

  it.each(['mac', 'master'] as const)(
    '%s is replaced by another, and stays for what it made',
    async (key) => {
      const before = loadKeys(keysDirectory)[key].current
      const { code, stdout } = await run('keys', 'rotate', key)
      const ring = loadKeys(keysDirectory)[key]
      expect(code).toBe(0)
      expect(stdout).toContain(`made a new key: ${key} ${ring.current.id}`)
      expect(ring.current.id).not.toBe(before.id)
      expect(ring.find(before.id)).toEqual(before)
      expect(filesOf(key).sort()).toEqual([`${key}.${before.id}.old.key`, `${key}.key`])
      for (const name of filesOf(key)) expect(statSync(join(keysDirectory, name)).mode & 0o777).toBe(0o600)
      expect((await rotations()).at(-1)).toEqual({
        metadata: { key, key_id: ring.current.id },
        actor_kind: 'operator',
      })
    },
  )

  it('of the log are both on the checkpoints that follow', async () => {
    await publish()
    const before = loadOwnLog(keysDirectory)
    const { code, stdout } = await run('keys', 'rotate', 'log')
    const after = loadOwnLog(keysDirectory)
    expect(code).toBe(0)
    expect(stdout).toContain(`  ${after.vkeys[0]}\n`)
    expect(after.vkeys).toEqual([after.vkeys[0], before.vkeys[0]])
    await publish()
    for (const reader of [before, { ...after, verifiers: after.verifiers.slice(0, 1) }]) {
      expect(openCheckpoint(readCheckpoint(), reader).checkpoint.origin).toBe(before.origin)
    }
  })

  it.each(['rotate.staged', 'rotate.recorded', 'rotate.linked'])(
    'are replaced once when the command is killed at %s',
    async (point) => {
      const [before, told] = [file('mac.key'), await rotations()]
      writeFileSync(faultFile, `${point} 1 self`)
      await run('keys', 'rotate', 'mac')
      expect(existsSync(faultFile), 'the fault must have struck').toBe(false)
      expect(file('mac.key')).toBe(before)
      const staged = file('mac.next.key')
      const { stdout } = await run('keys', 'rotate', 'mac')
      expect(stdout).toContain('ended a rotation that had broken off')
      expect(file('mac.key')).toBe(staged)
      expect(filesOf('mac')).not.toContain('mac.next.key')
      const fresh = (await rotations()).slice(told.length)
      expect(fresh.map(({ metadata }) => metadata.key_id)).toEqual([loadKeys(keysDirectory).mac.current.id])
    },
  )

  it('leave no hole in the stream of the installation', async () => {
    const [stream] = await runAs<{ places: number; events: number }>(
      database.ownerUrl,
      `select event_seq as places, (select count(*)::int from audit_event e where e.stream_ref = s.stream_ref) as events
         from audit_system_stream s`,
    )
    expect(stream?.places).toBe(stream?.events)
    expect(stream?.events).toBeGreaterThan(4)
  })

  it('are none that nobody knows of', async () => {
    const { code, stderr } = await run('keys', 'rotate', 'zzq7')
    expect(code).toBe(2)
    expect(stderr).not.toContain('zzq7')
    expect((await run('keys', 'rewrap')).stdout).toBe(
      'wrapped 0 keys of streams under the current master key\n',
    )
  })

  describe('and the checkpoint that they sign', () => {
    it('is told, and saved to a file that nobody overwrites', async () => {
      await publish()
      const path = join(root, 'kept')
      const { code, stdout } = await run('audit', 'checkpoint', '--save', path)
      const { checkpoint } = openCheckpoint(readCheckpoint(), loadOwnLog(keysDirectory))
      expect(code).toBe(0)
      expect(stdout).toMatch(
        new RegExp(
          `^log +${checkpoint.origin}\nsize +${checkpoint.size}\nroot +[A-Za-z0-9+/]+=\nage +\\d+ s\ncosigned +by 0 of 0 witnesses\n$`,
        ),
      )
      expect(readFileSync(path, 'utf8')).toBe(readCheckpoint())
      writeFileSync(path, 'older evidence')
      expect(await run('audit', 'checkpoint', '--save', path)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('(file-not-written)'),
      })
      expect(readFileSync(path, 'utf8')).toBe('older evidence')
    })

    it('is refused when it is not theirs', async () => {
      writeFileSync(join(tlogDirectory, 'checkpoint'), readCheckpoint().replace(/\n\d+\n/, '\n1\n'))
      expect(await run('audit', 'checkpoint')).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('(checkpoint-unusable)'),
      })
      rmSync(join(tlogDirectory, 'checkpoint'))
      expect((await run('audit', 'checkpoint')).stderr).toContain('(checkpoint-unusable)')
    })
  })
})
