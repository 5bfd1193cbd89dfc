import pg from 'pg'
import type { RepairAction } from '../../src/operations/contract.ts'
import { findEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts'
import { until } from '../support/builders.ts'
import { runAs } from '../support/database.ts'
import { ended } from './command-vectors.ts'
import { awaitImport, makeCopy, upload } from './deeds.ts'
import { makeSpeakingPdf } from './documents.ts'
import type { Output } from './ledger.ts'
import { portsOf } from './operator-outputs.ts'
import type { ProcessWorld } from './process-world.ts'

export type Repaired = {
  /** How each repair ended: told, done, told as JSON when it no longer applies, and told over HTTP. */
  readonly ends: Readonly<Partial<Record<RepairAction, string>>>
  readonly outputs: readonly Output[]
  /** Of everything that was repaired. */
  readonly ids: readonly string[]
}

/** Breaks one thing for each repair that there is, and has it repaired by an operator who writes a remark. */
export async function repairEverything(world: ProcessWorld): Promise<Repaired> {
  const canary = world.canaryOf('what is repaired')
  const note = world.canaryOf('the remark of an operator').text('note')
  const { ownerUrl } = await world.installation()
  const ends: Partial<Record<RepairAction, string>> = {}
  const outputs: Output[] = []
  const ids: string[] = []

  async function repair(action: RepairAction, option?: string, subject?: string): Promise<void> {
    const about = option === undefined ? [] : [`--${option}`, String(subject)]
    const words = ['repair', action, ...about, '--reason', 'other', '--note', '-']
    const said: string[] = []
    for (const how of [[], ['--yes'], ['--json']]) {
      const run = await world.run([...words, ...how], { input: note, env: portsOf(world) })
      outputs.push({ name: `repair ${action} ${how.join('')}`, content: `${run.stdout}${run.stderr}` })
      said.push(ended(run))
    }
    const body = {
      action,
      reason: 'other',
      note,
      ...(option && { [option]: option === 'pid' ? Number(subject) : subject }),
    }
    const answer = await (await world.as('operator')).post('/api/operations/repairs', { body })
    outputs.push({ name: `POST of ${action}`, content: answer.bytes })
    ends[action] = [...said, answer.status].join(', ')
    if (option !== 'queue' && option !== 'pid' && subject !== undefined) ids.push(subject)
  }
  /** As somebody does who goes around the guards of the tables. */
  const tamper = (statement: string) =>
    runAs(ownerUrl, `alter table copy disable trigger all; ${statement}; alter table copy enable trigger all`)

  await repair('pause-queue', 'queue', 'import-batch')
  const held: string = (await upload(world, canary, makeSpeakingPdf(canary))).body.id
  const [batch] = await runAs<{ job: string }>(
    ownerUrl,
    `update pgboss.job set start_after = now() + interval '1 hour'
      where id = (select import_job_id from batch where id = $1) returning id as job`,
    [held],
  )
  await repair('requeue', 'job', batch?.job)
  await repair('resume-queue', 'queue', 'import-batch')
  await awaitImport(world, held)

  const failed = await makeCopy(world, canary)
  await tamper(`update copy set status = 'GRADING_FAILED' where id = '${idOf(failed)}'`)
  await repair('retry-finalization', 'copy', idOf(failed))
  const locked = await makeCopy(world, canary)
  await (await world.as('marker')).post(`${locked}/lock`)
  await repair('force-release', 'copy', idOf(locked))

  for (const action of ['retry-import', 'dismiss-import'] as const) {
    const broken = (await upload(world, canary, Buffer.from(`%PDF-1.7 ${canary.text('document')}`))).body.id
    await awaitImport(world, broken)
    await repair(action, 'batch', broken)
  }

  await repair('drain-spool')
  await repair('restart-sweeper')
  await repair('restart-integrator')
  const blocker = await block(world, ownerUrl, idOf(locked))
  await repair('end-session', 'pid', String(blocker.pid))
  await blocker.end()
  return { ends, outputs, ids }
}

const idOf = (path: string) => path.split('/').at(-1) ?? ''

/** A session of ours for which another waits. */
async function block(world: ProcessWorld, ownerUrl: string, copyId: string) {
  const found = await findEmbeddedPostgres(`${world.folder}/postgres`)
  if (found.state !== 'running') throw new Error('the database does not run')
  const take = `select 1 from copy where id = '${copyId}' for update`
  const clients = [0, 1].map(() => new pg.Client({ connectionString: found.urls.app }))
  for (const client of clients) {
    // The one is ended from outside, which is the point.
    client.on('error', () => undefined)
    await client.connect()
    await client.query('begin')
  }
  const [holder, waiter] = clients as [pg.Client, pg.Client]
  const { rows } = await holder.query<{ pid: number }>('select pg_backend_pid() as pid')
  await holder.query(take)
  const waiting = waiter.query(take)
  const pid = rows[0]?.pid ?? 0
  const isWaitedFor = `select 1 from pg_locks l where not l.granted and ${pid} = any(pg_blocking_pids(l.pid))`
  await until(async () => ((await runAs(ownerUrl, isWaitedFor)).length > 0 ? true : undefined))
  return {
    pid,
    end: async () => {
      await waiting
      await Promise.allSettled(clients.map((client) => client.end()))
    },
  }
}
