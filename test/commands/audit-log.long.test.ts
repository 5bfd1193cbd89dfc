import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadOwnLog } from '../../src/audit/log-key.ts'
import type { Id } from '../../src/observability/id.ts'
import { importScan } from '../support/builders.ts'
import { loadPage, readBundle } from '../support/bundle.ts'
import { type Ended, startCommand } from '../support/command.ts'
import { type ErasureRoom, openErasureRoom, pathOf } from '../support/erasing.ts'
import { publishLogOf } from '../support/publish-app-log.ts'

const MARKER = 'ZoeMarqueur'

describe('the commands of the audit log', () => {
  let room: ErasureRoom
  let copyId: Id
  let stream: string
  const folder = mkdtempSync(join(tmpdir(), 'paraph-audit-'))
  beforeAll(async () => {
    room = await openErasureRoom()
    copyId = await room.gradeOne()
    await importScan(room.staff, { fileName: `${MARKER}.pdf` })
    stream = (await room.staff.admin.get(`${pathOf(copyId)}/events`)).body.events[0].stream.ref
    await publishLogOf(room.app)
  })
  afterAll(async () => {
    await room?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Runs a command on the database, the data and the keys of the installation. */
  function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
    const own = { DATABASE_URL: room.app.database.url, ...env }
    return startCommand(room.app.folder, ['audit', ...args], { env: own }).ended
  }
  const path = (name: string) => join(folder, name)
  const vkey = () => loadOwnLog(`${room.app.folder}-keys`).vkeys[0] ?? expect.fail('no key')
  const readsOf = (what: string) =>
    room.sql(
      `select actor_kind, stream_kind, metadata from audit_event
        where action = 'READ' and metadata->>'what' = $1 order by id`,
      [what],
    )
  /** An event of the copy, altered by a superuser while `work` runs. */
  async function whileAltered<T>(work: () => Promise<T>): Promise<T> {
    const alter = (change: string) =>
      room.sql(
        `begin; alter table audit_event disable trigger all;
         update audit_event set metadata = metadata ${change} where stream_ref = '${stream}' and seq = 1;
         alter table audit_event enable trigger all; commit`,
      )
    await alter(`|| '{"pages": 77}'`)
    const result = await work()
    await alter(`|| '{"pages": 2}'`)
    return result
  }

  describe('verify', () => {
    it('finds that the log is whole and the copies are what it says', async () => {
      const { code, stdout, stderr } = await run(['verify'])
      expect(stderr).toBe('')
      expect(stdout).toContain('VERIFIED: the log is whole')
      expect(code).toBe(0)
    })

    it('gives one line of JSON, and writes it to a file that nobody else may read', async () => {
      const { code, stdout } = await run(['verify', '--json', '--report', path('report.json')])
      expect(code).toBe(0)
      expect(stdout.match(/\n/g)).toHaveLength(1)
      expect(JSON.parse(stdout)).toMatchObject({
        ok: true,
        log: { findingCount: 0, findings: [], skipped: [] },
        replay: { copies: 2, findings: [], doubts: [] },
      })
      expect(readFileSync(path('report.json'), 'utf8')).toBe(stdout)
      expect(statSync(path('report.json')).mode & 0o777).toBe(0o600)
    })

    it('names the first bad entry, and ends with 1', async () => {
      const { code, stdout } = await whileAltered(() => run(['verify']))
      expect(stdout).toMatch(/^! Column metadata of leaf (\d+) says something else than the event\.$/m)
      expect(stdout).toMatch(/NOT VERIFIED: .*the first bad entry is \d+\.\n$/)
      expect(code).toBe(1)
    })

    it('compares with a checkpoint that was kept, and refuses what is none', async () => {
      await run(['checkpoint', '--save', path('kept')])
      expect(await run(['verify', '--since', path('kept')])).toMatchObject({ code: 0 })
      const text = readFileSync(path('kept'), 'utf8')
      writeFileSync(
        path('forged'),
        text.replace(/\n(\d+)\n/, (_, size) => `\n${Number(size) - 1}\n`),
      )
      const forged = await run(['verify', '--since', path('forged')])
      expect([forged.code, forged.stdout]).toEqual([1, ''])
      expect(forged.stderr).toContain('(checkpoint-unusable)')
      const missing = await run(['verify', '--since', path(MARKER)])
      expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('(file-unreadable)')])
      expect(missing.stderr).not.toContain(MARKER)
    })

    it('says what it could not check without the keys, makes none, and ends with 3', async () => {
      const { code, stdout } = await run(['verify'], { PARAPH_KEYS: path('no-keys') })
      expect(stdout).toContain('not told: whether events are authentic')
      expect(code).toBe(3)
      expect(readdirSync(folder)).not.toContain('no-keys')
    })

    it('ends with 3 when the database cannot be asked', async () => {
      const nowhere = await run(['verify'], {
        DATABASE_URL: `postgres://nobody:${MARKER}@127.0.0.1:1/paraph`,
      })
      expect([nowhere.code, nowhere.stdout]).toEqual([3, ''])
      expect(nowhere.stderr).not.toContain(MARKER)
      const stopped = await run(['verify'], { DATABASE_URL: '' })
      expect([stopped.code, stopped.stderr]).toEqual([
        3,
        expect.stringContaining('The database does not run'),
      ])
    })
  })

  describe('prove and check', () => {
    it('make a file that anybody can check who has the key of the log, by the operator, which is noted', async () => {
      const proved = await run(['prove', `${stream}/2`, '--out', path('event.tlog-proof')])
      expect(proved).toMatchObject({ code: 0, stdout: '' })
      // On a machine that has nothing of the installation.
      const check = (...args: readonly string[]) =>
        startCommand(path('elsewhere'), ['audit', 'check', path('event.tlog-proof'), ...args]).ended
      const checked = await check('--log', vkey())
      expect(checked).toMatchObject({ code: 0, stderr: '' })
      expect(checked.stdout).toMatch(/^PROVED: entry \d+ of paraph\.invalid\//)
      expect(checked.stdout).toContain(`"seq":2,"stream":{"kind":"copy","ref":"${stream}"}`)
      const { stdout } = await check('--log', vkey(), '--json')
      expect(JSON.parse(stdout)).toMatchObject({ ok: true, cosignatures: [] })
      writeFileSync(path('leaf'), 'something else')
      const other = await check('--log', vkey(), '--leaf', path('leaf'))
      expect(other).toMatchObject({ code: 1, stdout: expect.stringContaining('NOT PROVED') })
      expect(await check('--log', MARKER)).toMatchObject({ code: 2, stdout: '' })
      const [read] = await readsOf('proof')
      expect(read).toEqual({
        actor_kind: 'operator',
        stream_kind: 'system',
        metadata: { what: 'proof', events: 1 },
      })
    })

    it('takes the number of an event as well, and writes to standard output', async () => {
      const [event] = await room.sql<{ id: string }>(
        'select id from audit_event where stream_ref = $1 and seq = 1',
        [stream],
      )
      const { code, stdout } = await run(['prove', event?.id ?? ''])
      expect([code, stdout]).toEqual([0, expect.stringMatching(/^c2sp\.org\/tlog-proof@v1\nextra /)])
    })

    it('say when there is no proof, or not yet', async () => {
      expect(await run(['prove', `${stream}/999`])).toMatchObject({
        code: 1,
        stderr: 'paraph: There is no such event.\n',
      })
      // The READ of a proof, which nobody has brought into the tree yet.
      const [read] = await room.sql<{ id: string }>('select max(id)::text as id from audit_event')
      expect(await run(['prove', read?.id ?? ''])).toMatchObject({
        code: 3,
        stderr: expect.stringContaining('ask again in a moment'),
      })
      expect(await run(['prove', MARKER])).toMatchObject({ code: 2 })
      const keyless = await run(['prove', `${stream}/2`], { PARAPH_KEYS: path('no-keys') })
      expect(keyless).toMatchObject({ code: 1, stdout: '' })
    })
  })

  describe('export', () => {
    it('makes a folder whose own page calls it genuine, with no value of anybody in it', async () => {
      const { code, stdout } = await run(['export', '--all', '--out', path('all')])
      expect([code, stdout]).toEqual([0, expect.stringContaining('Open verify.html')])
      const files = readBundle(path('all'))
      const checkBundle = await loadPage(path('all'))
      expect(await checkBundle(files, { trustedVkey: vkey() })).toMatchObject({
        verdict: 'genuine',
        problems: [],
      })
      for (const file of files.values()) expect(await file.text()).not.toContain(MARKER)
    })

    it('gives one copy, and an exam with what belongs to it, and notes both', async () => {
      const exported = await run([
        'export',
        '--copy',
        copyId,
        '--out',
        path('copy'),
        '--json',
        '--report',
        path('e.json'),
      ])
      expect(exported.code).toBe(0)
      const { events, streams } = JSON.parse(exported.stdout)
      expect([streams, readFileSync(path('e.json'), 'utf8')]).toEqual([1, exported.stdout])
      const exam = await run(['export', '--exam', room.staff.examId, '--out', path('exam'), '--json'])
      expect(JSON.parse(exam.stdout)).toMatchObject({ streams: 5, notPublished: 0 })
      for (const name of ['copy', 'exam']) {
        const checkBundle = await loadPage(path(name))
        const report = await checkBundle(readBundle(path(name)), { trustedVkey: vkey() })
        expect(report).toMatchObject({ verdict: 'genuine', problems: [] })
      }
      const reads = await readsOf('export')
      expect(reads).toContainEqual({
        actor_kind: 'operator',
        stream_kind: 'system',
        metadata: { what: 'export', events },
      })
    })

    it('shows what is sealed to who asks for it', async () => {
      await run(['export', '--exam', room.staff.examId, '--out', path('open'), '--disclose'])
      expect(readFileSync(join(path('open'), 'events.jsonl'), 'utf8')).toContain(`\\"${MARKER}.pdf\\"`)
      const checkBundle = await loadPage(path('open'))
      const report = await checkBundle(readBundle(path('open')), { trustedVkey: vkey() })
      expect(report).toMatchObject({ verdict: 'genuine', problems: [] })
      expect(report.events.map(({ opened }) => opened['filename'])).toContain(`${MARKER}.pdf`)
    })

    it.each([
      ['nothing to export', ['--out', 'x'], 2],
      [
        'two things to export',
        ['--all', '--stream', '0198f3a2-7a55-4c11-9d34-0000f0b00009', '--out', 'x'],
        2,
      ],
      ['an id that is none', ['--copy', MARKER, '--out', 'x'], 2],
      ['a copy that there is not', ['--copy', '0198f3a2-7a55-4c11-9d34-0000f0b00009', '--out', 'x'], 1],
      ['a stream that there is not', ['--stream', '0198f3a2-7a55-4c11-9d34-0000f0b00009', '--out', 'x'], 1],
    ])('refuses %s, and repeats nothing', async (_what, args, code) => {
      const ended = await run(['export', ...args])
      expect([ended.code, ended.stdout]).toEqual([code, ''])
      expect(ended.stderr).not.toContain(MARKER)
    })

    it('replaces no folder, and notes nothing without the keys', async () => {
      const before = (await readsOf('export')).length
      const keyless = await run(['export', '--all', '--out', path('y')], { PARAPH_KEYS: path('no-keys') })
      expect(keyless.code).not.toBe(0)
      expect((await readsOf('export')).length).toBe(before)
      const taken = await run(['export', '--all', '--out', path('all')])
      expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining('(file-not-written)')])
    })
  })
})
