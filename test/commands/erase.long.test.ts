import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrateAll } from '../../src/bin/migrate.ts'
import type { Id } from '../../src/observability/id.ts'
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts'
import { loadKeys, operatorRef } from '../../src/platform/keys.ts'
import { eventsOf } from '../support/builders.ts'
import { type Ended, startCommand } from '../support/command.ts'
import { type ErasureRoom, NOTHING, NOTHING_OF_SCAN, openErasureRoom, pathOf } from '../support/erasing.ts'

describe('paraph erase', () => {
  let room: ErasureRoom
  let copyId: Id
  const elsewhere = mkdtempSync(join(tmpdir(), 'paraph-erase-'))
  beforeAll(async () => {
    room = await openErasureRoom()
    copyId = await room.gradeOne()
  })
  afterAll(async () => {
    await room?.close()
    rmSync(elsewhere, { recursive: true, force: true })
  })

  const run = (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> => {
    const { url, eraserUrl, integratorUrl } = room.app.database
    const logins = {
      DATABASE_URL: url,
      DATABASE_ERASER_URL: eraserUrl,
      DATABASE_INTEGRATOR_URL: integratorUrl,
    }
    return startCommand(room.app.folder, ['erase', ...args], { env: { ...logins, ...env } }).ended
  }
  const GONE = { annotations: 1, scores: 3, results: 1, pages: 2, scans: 1, files: 6 }

  it('says what would go, and is content with that when it was asked for no more', async () => {
    const { code, stdout, stderr } = await run(['--copy', copyId, '--dry-run'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(`copy ${copyId} would lose\n`)
    expect(stdout).toMatch(
      /^ {2}1 annotation\n {2}3 scores\n {2}2 remarks\n {2}1 result\n {2}2 page images$/m,
    )
    expect(stdout).toMatch(/^ {2}6 files, \d+ bytes$/m)
    expect(await room.remainsOf(copyId)).toMatchObject({ erased: false, images: 2 })
  })

  it('erases nothing without --yes, and says how', async () => {
    const { code, stdout, stderr } = await run(['--copy', copyId, '--reason', 'retention-over', '--json'])
    expect(code).toBe(1)
    expect(stderr).toBe('paraph: nothing was erased; add --yes to erase it.\n')
    expect(JSON.parse(stdout)).toMatchObject({ copyId, outcome: 'planned', filesLeft: 0, ...GONE })
    expect(await room.remainsOf(copyId)).toMatchObject({ erased: false, images: 2 })
  })

  it('never erases what is only to be told, whatever else is asked for', async () => {
    expect(await run(['--copy', copyId, '--dry-run', '--yes'])).toMatchObject({ code: 0 })
    expect(await room.remainsOf(copyId)).toMatchObject({ erased: false, images: 2 })
  })

  it('erases by the operator for a stated reason, and leaves a report', async () => {
    const report = join(elsewhere, 'report.json')
    const args = ['--copy', copyId, '--reason', 'request-of-the-person', '--yes', '--report', report]
    const { code, stdout, stderr } = await run(args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(`copy ${copyId} has lost\n`)
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({ copyId, outcome: 'erased', ...GONE })
    expect(await room.remainsOf(copyId)).toMatchObject(NOTHING)
    const events = await eventsOf(room.staff.admin, pathOf(copyId))
    const ref = operatorRef(loadKeys(`${room.app.folder}-keys`), process.getuid?.() ?? 0)
    expect(events.at(-1)).toMatchObject({
      action: 'ERASE',
      actor: { kind: 'operator', ref },
      metadata: { reason_code: 'request-of-the-person', files: 6 },
    })
  })

  it('has nothing left to do the second time', async () => {
    const { code, stdout } = await run(['--copy', copyId, '--yes'])
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `copy ${copyId} was erased before; nothing was left of it\n`,
    })
  })

  it('erases again what a backup has brought back: here, nothing', async () => {
    const { code, stdout } = await run(['--reapply', '--yes'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'erasures known: 1; done again: 0\n' })
    const told = await run(['--reapply', '--dry-run', '--json'])
    expect(JSON.parse(told.stdout)).toEqual({
      ...{ known: 1, erased: 0, absent: 0, filesLeft: 0, refused: [], refusedBatches: [] },
      dryRun: true,
    })
  })

  it('refuses a copy that somebody marks, in words and with 1', async () => {
    const held = await room.importOne()
    await room.staff.marker.post(`${pathOf(held)}/lock`)
    const { code, stdout, stderr } = await run(['--copy', held, '--yes'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^paraph: Somebody is marking this copy.* \(copy-in-use\)\n$/)
  })

  describe('of a scan that came to no copy', () => {
    let batchId: Id
    beforeAll(async () => {
      batchId = await room.importUnplaced(2)
    })
    const GONE_OF_SCAN = { sealedFields: 1, streamKeys: 1, pages: 2, scans: 1, files: 5 }

    it('says what would go, and is content with that when it was asked for no more', async () => {
      const { code, stdout, stderr } = await run(['--batch', batchId, '--dry-run'])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout.replace(/\d+ bytes/, '9 bytes')).toBe(
        [
          `batch ${batchId} would lose`,
          ...['  1 sealed field of the log', '  1 key that they open with', '  2 page images'],
          ...['  1 scan, with its name', '  5 files, 9 bytes', ''],
        ].join('\n'),
      )
    })

    it('erases nothing without --yes, and says how', async () => {
      const { code, stdout, stderr } = await run(['--batch', batchId, '--json'])
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: 'paraph: nothing was erased; add --yes to erase it.\n',
      })
      expect(JSON.parse(stdout)).toEqual({
        ...{ batchId, outcome: 'planned', filesLeft: 0, bytes: expect.any(Number) },
        ...GONE_OF_SCAN,
      })
      expect(await room.remainsOfBatch(batchId)).toMatchObject({ images: 2 })
    })

    it('erases for a stated reason, and leaves a report', async () => {
      const report = join(elsewhere, 'batch.json')
      const args = ['--batch', batchId, '--reason', 'retention-over', '--yes', '--report', report]
      const { code, stdout, stderr } = await run(args)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toMatch(`batch ${batchId} has lost\n`)
      expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
        ...{ batchId, outcome: 'erased' },
        ...GONE_OF_SCAN,
      })
      expect(await room.remainsOfBatch(batchId)).toMatchObject(NOTHING_OF_SCAN)
      const erasures = (await room.eventsOfBatch(batchId)).filter(({ action }) => action === 'ERASE')
      expect(erasures).toMatchObject([
        { metadata: { reason_code: 'retention-over', fields: 1, files: 5, pages: 2 } },
      ])
    })

    it('has nothing left to do the second time, and counts among the erasures that are known', async () => {
      expect(await run(['--batch', batchId, '--yes'])).toMatchObject({
        code: 0,
        stdout: `batch ${batchId} was erased before; nothing was left of it\n`,
      })
      expect((await run(['--reapply', '--dry-run'])).stdout).toBe(
        'erasures known: 2; that would be done again: 0\n',
      )
    })

    it('refuses a scan that a copy was made of, in words and with 1', async () => {
      const { batchId: held } = (await room.staff.admin.get(pathOf(await room.importOne()))).body
      const { code, stdout, stderr } = await run(['--batch', held, '--yes'])
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(/^paraph: A copy that is not erased was made of this scan.* \(batch-in-use\)\n$/)
    })

    it('knows no batch that is not there', async () => {
      const { code, stderr } = await run(['--batch', '018f0000-0000-7000-8000-000000000000', '--yes'])
      expect({ code, stderr }).toEqual({ code: 1, stderr: 'paraph: There is no such batch. (not-found)\n' })
    })
  })

  it.each([
    ['nothing to erase', [], /--copy ID, --batch ID, or --reapply/],
    [
      'two things at once',
      ['--copy', '018f0000-0000-7000-8000-000000000000', '--reapply'],
      /--copy ID, --batch/,
    ],
    [
      'a copy and a batch',
      [
        ...['--copy', '018f0000-0000-7000-8000-000000000000'],
        ...['--batch', '018f0000-0000-7000-8000-000000000000'],
      ],
      /--copy ID, --batch/,
    ],
    ['what is no id', ['--copy', 'zzq7-name'], /--copy <id>/],
    ['what is no id of a batch', ['--batch', 'zzq7-name'], /--batch <id>/],
    ['a reason that is none of ours', ['--reapply', '--reason', 'zzq7-name'], /--reason <code>/],
    ['an export that cannot be read', ['--reapply', '--from', 'zzq7-name'], /file-unreadable/],
  ])('is wrong use with %s, which it does not repeat', async (_what, args, says) => {
    const { code, stdout, stderr } = await run(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(says)
    expect(stderr).not.toContain('zzq7')
  })

  it.each([
    ['the login that erases', { DATABASE_ERASER_URL: '' }, /DATABASE_ERASER_URL/],
    ['the keys of the installation', { PARAPH_KEYS: `${elsewhere}/keys` }, /PARAPH_KEYS/],
    ['the files of the installation', { PARAPH_DATA: elsewhere }, /PARAPH_DATA/],
  ])('is wrong use without %s, and makes none', async (_what, env, says) => {
    const { code, stderr } = await run(['--copy', copyId, '--yes'], env)
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(says) })
    expect(() => readFileSync(`${elsewhere}/keys/mac.key`)).toThrow('ENOENT')
  })

  it('finds the database that Paraph brings along, while it runs', async () => {
    const [data, postgres] = [join(elsewhere, 'data'), join(elsewhere, 'data', 'postgres')]
    mkdirSync(join(data, 'blobs'), { recursive: true })
    mkdirSync(postgres)
    loadKeys(join(elsewhere, 'data-keys'))
    const server = await startEmbeddedPostgres({ directory: postgres })
    const asIts = (...args: string[]) =>
      run(args, { DATABASE_URL: '', DATABASE_ERASER_URL: '', PARAPH_DATA: data })
    expect((await asIts('--reapply', '--dry-run')).stderr).toContain('database-not-migrated')
    await migrateAll({ migrateUrl: server.urls.migrate })
    const { code, stdout } = await asIts('--reapply', '--dry-run')
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('known: 0') })
    await server.stop()
  })

  it('does not start a database that rests', async () => {
    const { code, stderr } = await run(['--copy', copyId], { DATABASE_URL: '', PARAPH_DATA: elsewhere })
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/start Paraph first/) })
  })
})
