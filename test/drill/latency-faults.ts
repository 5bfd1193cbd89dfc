import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { makeReadyCopy, RUBRIC } from '../support/builders.ts'
import type { Fault, How } from './fault.ts'
import { largeDocument } from './large-document.ts'
import { isQuick, keepGoing } from './traffic.ts'
import type { World } from './world.ts'

const scenario = 'high-latency'

/** The api was killed, as when memory runs out, and nobody starts it again. */
const apiDown: Fault = {
  scenario,
  cause: 'api-down',
  how: 'killed',
  alert: 'ParaphApiDown',
  inject: async (world) => {
    const killed = world.pid('api')
    process.kill(killed, 'SIGKILL')
    // Restarted, it is another process, and nothing is left to undo.
    return async () => {
      if (world.pid('api') === killed) await world.restart('api')
    }
  },
  isOver: ({ admin }) => isQuick(admin),
}

/** The database stands still, or was killed, as when memory runs out. */
function databaseDown(how: How, signal: 'SIGSTOP' | 'SIGKILL'): Fault {
  return {
    scenario,
    cause: 'database-down',
    how,
    alert: 'ParaphDatabaseDown',
    refusesSql: true,
    inject: async (world) => {
      await world.signalDatabase(signal)
      const [marker] = world.markers
      const stop = keepGoing(
        () =>
          fetch(new URL('/api/exams', world.url), {
            headers: { cookie: marker.cookie },
            signal: AbortSignal.timeout(2_500),
          }),
        { everyMs: 200, lanes: 2 },
      )
      return async () => {
        await stop()
        if (!(await isThere(world))) await world.restartDatabase()
      }
    },
    isOver: ({ admin }) => isQuick(admin),
  }
}

/** Whether the database answers, asked for no longer than a moment. */
async function isThere(world: World): Promise<boolean> {
  const asked = world.owner('select 1').then(
    () => true,
    () => false,
  )
  return Promise.race([asked, sleep(2_000, false)])
}

/** Somebody's console has looked at a copy for update and left its transaction open. */
const databaseLockContention: Fault = {
  scenario,
  cause: 'database-lock-contention',
  how: 'row-locked',
  alert: 'ParaphHighLatency',
  inject: async (world) => {
    const path = await makeReadyCopy(await world.newExam())
    const session = new pg.Client({ connectionString: world.urls.app, application_name: 'console' })
    session.on('error', () => undefined)
    await session.connect()
    await session.query('begin')
    await session.query('select from copy where id = $1 for update', [path.slice(path.lastIndexOf('/') + 1)])
    const [marker] = world.markers
    // It holds no lock and is refused at the end, so that nothing is left of it; whoever waits gives up after a while.
    const stop = keepGoing(
      () =>
        fetch(new URL(`${path}/lock/heartbeat`, world.url), {
          method: 'POST',
          headers: { origin: world.url, cookie: marker.cookie },
          signal: AbortSignal.timeout(2_500),
        }),
      { everyMs: 100, lanes: 4 },
    )
    return async () => {
      await stop()
      // One that was ended from outside has nothing to say.
      await session.end().catch(() => undefined)
    }
  },
  isOver: ({ admin }) => isQuick(admin),
}

/** The administrator has limited the role to fewer connections than the processes need. */
const poolExhausted: Fault = {
  scenario,
  cause: 'pool-exhausted',
  how: 'connections-limited',
  alert: 'ParaphRequestsRefused',
  refusesSql: true,
  inject: async (world) => {
    await world.owner('alter role paraph_app connection limit 2')
    await world.owner(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'paraph-api'`,
    )
    const stop = keepGoing(() => world.markers[0].get('/api/exams'), { everyMs: 100, lanes: 2 })
    return async () => {
      await stop()
      await liftLimit(world)
    }
  },
  act: liftLimit,
  isOver: ({ admin }) => isQuick(admin),
}

async function liftLimit(world: World): Promise<void> {
  await world.owner('alter role paraph_app connection limit -1')
}

/** A trigger that somebody added takes three seconds for each new exam. */
const slowQuery: Fault = {
  scenario,
  cause: 'slow-query',
  how: 'sleep-in-trigger',
  alert: 'ParaphHighLatency',
  inject: async (world) => {
    await world.owner(`
      create function drill_dawdle() returns trigger language plpgsql as
        'begin perform pg_sleep(3); return new; end'`)
    await world.owner(
      'create trigger drill_dawdle before insert on exam for each row execute function drill_dawdle()',
    )
    const body = { title: 'Examen de test', rubric: RUBRIC }
    const stop = keepGoing(() => world.admin.post('/api/exams', { body }), { everyMs: 200, lanes: 4 })
    return async () => {
      await stop()
      await removeTrigger(world)
    }
  },
  act: removeTrigger,
  isOver: ({ admin }) => isQuick(admin),
}

async function removeTrigger(world: World): Promise<void> {
  await world.owner('drop function if exists drill_dawdle() cascade')
}

/** The api stands still for most of the time, as if it computed; a process that takes its place does not. */
const eventLoopBlocked: Fault = {
  scenario,
  cause: 'event-loop-blocked',
  how: 'frozen-by-turns',
  alert: 'ParaphEventLoopLag',
  inject: async (world) => {
    const pid = world.pid('api')
    const send = (signal: NodeJS.Signals) => world.pid('api') === pid && process.kill(pid, signal)
    const stopPulse = keepGoing(
      async () => {
        const isThere = send('SIGSTOP')
        await sleep(550)
        send('SIGCONT')
        return isThere
      },
      { everyMs: 50 },
    )
    const stop = keepGoing(() => world.markers[0].get('/api/exams'), { everyMs: 200, lanes: 2 })
    return async () => {
      await stopPulse()
      await stop()
    }
  },
  isOver: ({ admin }) => isQuick(admin),
}

/** One account asks without end, and more than it may. */
function overload(): Fault {
  let stop = async (): Promise<void> => undefined
  return {
    scenario,
    cause: 'overload',
    how: 'requests-without-end',
    alert: 'ParaphRequestsRefused',
    inject: async (world) => {
      await world.restart('api', { PARAPH_REQUEST_LIMIT: '100' })
      stop = keepGoing(() => world.markers[1].get('/api/exams'), { everyMs: 10, lanes: 4 })
      return async () => {
        await stop()
        await world.restart('api')
      }
    },
    act: () => stop(),
    isOver: ({ admin }) => isQuick(admin),
  }
}

export const LATENCY_FAULTS: readonly Fault[] = [
  apiDown,
  databaseDown('frozen', 'SIGSTOP'),
  databaseDown('killed', 'SIGKILL'),
  databaseLockContention,
  largeDocument(),
  poolExhausted,
  slowQuery,
  eventLoopBlocked,
  overload(),
]
