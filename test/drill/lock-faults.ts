import pg from 'pg'
import { SWEEPER_LOCK } from '../../src/queue/sweep.ts'
import { makeReadyCopy } from '../support/builders.ts'
import type { TestClient } from '../support/client.ts'
import type { Fault } from './fault.ts'
import { keepGoing } from './traffic.ts'
import type { World } from './world.ts'

const scenario = 'lock-conflicts'

/** A copy that the first marker has locked, by its path and its id, with the token. */
async function lockNewCopy(world: World): Promise<{ path: string; copyId: string; lockToken: string }> {
  const path = await makeReadyCopy(await world.newExam())
  const { body } = await world.markers[0].post(`${path}/lock`)
  return { path, copyId: path.slice(path.lastIndexOf('/') + 1), lockToken: body.token }
}

async function isHeldBy(world: World, client: TestClient): Promise<boolean> {
  const rows = await world.owner('select from copy_lock where holder_id = $1', [client.accountId])
  return rows.length > 0
}

/** Somebody’s console has taken the sweeper's lock, as a forgotten script might. */
const sweeperDown: Fault = {
  scenario,
  cause: 'sweeper-down',
  how: 'lock-taken',
  alert: 'ParaphSweeperSilent',
  inject: async (world) => {
    const { copyId } = await lockNewCopy(world)
    const session = new pg.Client({ connectionString: world.urls.app, application_name: 'console' })
    session.on('error', () => undefined)
    await session.connect()
    const taken = session.query('select pg_advisory_lock($1)', [SWEEPER_LOCK])
    const kill = `select pg_terminate_backend(pid) from pg_locks
                   where locktype = 'advisory' and granted and classid = 0 and objid = $1`
    await world.owner(kill, [SWEEPER_LOCK])
    await taken
    await world.owner(
      `update copy_lock set expires_at = clock_timestamp() - interval '1 minute' where copy_id = $1`,
      [copyId],
    )
    return () => session.end()
  },
  isOver: async (world) => !(await isHeldBy(world, world.markers[0])),
}

/** The administrator wants a copy, again and again, and gives it back once it is to be had. */
function wantCopy(world: World, path: string): () => Promise<void> {
  let lockToken: string | undefined
  const stop = keepGoing(
    async () => {
      const { status, body } = await world.admin.post(`${path}/lock`)
      if (status !== 200) return true
      lockToken = body.token
      return false
    },
    { everyMs: 400 },
  )
  return async () => {
    await stop()
    if (lockToken !== undefined) await world.admin.post(`${path}/unlock`, { lockToken })
  }
}

const markerDidNotRelease: Fault = {
  scenario,
  cause: 'marker-did-not-release',
  how: 'lease-held',
  alert: 'ParaphLockConflicts',
  inject: async (world) => {
    const { path, lockToken } = await lockNewCopy(world)
    const [marker] = world.markers
    const beat = async () => (await marker.post(`${path}/lock/heartbeat`, { lockToken })).status === 200
    const endTab = keepGoing(beat, { everyMs: 2_000 })
    const endWish = wantCopy(world, path)
    return async () => {
      await Promise.all([endTab(), endWish()])
      await marker.post(`${path}/unlock`, { lockToken })
    }
  },
  isOver: (world) => isHeldBy(world, world.admin),
}

const browserGone: Fault = {
  scenario,
  cause: 'browser-gone',
  how: 'lease-silent',
  alert: 'ParaphLockConflicts',
  inject: async (world) => {
    const { path, copyId, lockToken } = await lockNewCopy(world)
    // The last sign of life, ten minutes ago.
    await world.owner(
      `update copy_lock set acquired_at = acquired_at - interval '15 minutes',
                            renewed_at = renewed_at - interval '10 minutes' where copy_id = $1`,
      [copyId],
    )
    const endWish = wantCopy(world, path)
    return async () => {
      await endWish()
      await world.markers[0].post(`${path}/unlock`, { lockToken })
    }
  },
  isOver: (world) => isHeldBy(world, world.admin),
}

/** Two tabs of one marker: each takes the copy over after a few writes of its own were refused. */
const tokenMismatchStorm: Fault = {
  scenario,
  cause: 'token-mismatch-storm',
  how: 'two-tabs',
  alert: 'ParaphTokenMismatches',
  inject: async (world) => {
    const { path, lockToken } = await lockNewCopy(world)
    const [marker] = world.markers
    const tabs = { holds: lockToken, lost: '' }
    const takeOver = async () => {
      const { status, body } = await marker.post(`${path}/lock/take-over`)
      if (status !== 200) return false
      tabs.lost = tabs.holds
      tabs.holds = body.token
      return true
    }
    let turn = 0
    const stop = keepGoing(
      async () => {
        turn += 1
        if (turn % 5 === 1) return takeOver()
        const { body } = await marker.post(`${path}/lock/heartbeat`, { lockToken: tabs.lost })
        return body.code === 'lock-token-mismatch'
      },
      { everyMs: 300 },
    )
    return async () => {
      await stop()
      await marker.post(`${path}/unlock`, { lockToken: tabs.holds })
    }
  },
  isOver: async (world) => !(await isHeldBy(world, world.markers[0])),
}

export const LOCK_FAULTS: readonly Fault[] = [
  sweeperDown,
  markerDidNotRelease,
  browserGone,
  tokenMismatchStorm,
]
