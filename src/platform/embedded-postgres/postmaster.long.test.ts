import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  codeOf,
  newDirectory,
  ordinary,
  query,
  removeTemporaryFolders,
  startElsewhere,
  untilGone,
} from '../../../test/support/postgres-trial.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded-postgres.ts'
import { processesOf } from './processes.ts'

afterAll(removeTemporaryFolders)

describe('the end of the embedded PostgreSQL', () => {
  const count = async (server: EmbeddedPostgres) =>
    (await query(server.urls.migrate, 'select count(*)::int as n from kept'))[0]
  let directory: string
  let server: EmbeddedPostgres

  beforeAll(async () => {
    directory = newDirectory()
    server = await startEmbeddedPostgres({ directory })
    await query(server.urls.migrate, 'create table kept (id int); insert into kept values (1)')
  })

  it('stops at once while a client is inside a query, leaves nothing running, and starts again', async () => {
    const sleeping = codeOf(query(server.urls.app, 'select pg_sleep(60)'))
    await query(server.urls.app, 'select 1')
    await server.stop()
    expect(await sleeping).toBe('57P01')
    await server.stop()
    expect(await processesOf(join(directory, 'data'))).toEqual([])
    expect(existsSync(join(directory, 'data', 'postmaster.pid'))).toBe(false)
    server = await startEmbeddedPostgres({ directory })
    expect([server.attached, await count(server)]).toEqual([false, { n: 1 }])
  })

  it('is started anew by a start that comes while it stops', async () => {
    const stopping = server.stop()
    const next = await startEmbeddedPostgres({ directory })
    await stopping
    expect(next.pid).not.toBe(server.pid)
    server = next
    expect(await count(server)).toEqual({ n: 1 })
  })

  it('recovers from a kill -9 of the server, its parent dead too so that nobody collects the zombie', async () => {
    await server.stop()
    const orphan = await startElsewhere(directory)
    process.kill(orphan.pid ?? 0, 'SIGKILL')
    server = await startEmbeddedPostgres({ directory })
    expect([server.attached, await count(server)]).toEqual([false, { n: 1 }])
    process.kill(server.pid, 'SIGKILL')
    await untilGone(server.pid)
    server = await startEmbeddedPostgres({ directory })
    expect([server.attached, await count(server)]).toEqual([false, { n: 1 }])
  })

  it('ends the children of a killed server before it starts another', async () => {
    const busy = codeOf(query(server.urls.app, 'do $$ begin loop end loop; end $$'))
    const sql = `select pid from pg_stat_activity where query like 'do $$ begin loop%'`
    let child: unknown
    while (child === undefined) child = (await query(server.urls.owner, sql))[0]?.['pid']
    process.kill(server.pid, 'SIGKILL')
    server = await startEmbeddedPostgres({ directory })
    await busy
    expect(await processesOf(join(directory, 'data'))).not.toContain(child)
    expect(await count(server)).toEqual({ n: 1 })
  })

  it('is not fooled by a stale pid file that names another living program, PostgreSQL or not', async () => {
    const other = await startEmbeddedPostgres({ directory: newDirectory() })
    const sleeper = spawn('sleep', ['60'], { stdio: 'ignore', ...ordinary })
    for (const pid of [sleeper.pid, other.pid]) {
      await server.stop()
      const note = join(directory, 'data', 'postmaster.pid')
      writeFileSync(note, `${pid}\n${directory}/data\n0\n5432\n../run\n\n0 0\nready   \n`, { mode: 0o600 })
      server = await startEmbeddedPostgres({ directory })
      expect([server.attached, server.pid === pid, await count(server)]).toEqual([false, false, { n: 1 }])
    }
    expect(sleeper.exitCode).toBe(null)
    expect(await query(other.urls.app, 'select 1 as one')).toEqual([{ one: 1 }])
    sleeper.kill()
    await other.stop()
  })

  it('is ended by force when a child hangs past the deadline, and loses nothing', async () => {
    const hanging = query(server.urls.app, 'select pg_sleep(60)').catch(() => undefined)
    const sql = `select pid from pg_stat_activity where query = 'select pg_sleep(60)'`
    let child: unknown
    while (child === undefined) child = (await query(server.urls.owner, sql))[0]?.['pid']
    process.kill(Number(child), 'SIGSTOP')
    await server.stop({ deadlineMs: 300 })
    await hanging
    expect(await processesOf(join(directory, 'data'))).toEqual([])
    server = await startEmbeddedPostgres({ directory })
    expect(await count(server)).toEqual({ n: 1 })
    await server.stop()
  })
})
