import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { makeReadyCopy, RUBRIC, until } from '../support/builders.ts'
import type { Fault, How } from './fault.ts'
import type { World } from './world.ts'

const SCENARIO = 'missing-audit-events'
/** The advisory lock that the integrator holds. */
const INTEGRATOR_LOCK = 7_041_778

/** Again and again for a few seconds, so that each scrape sees the counters grow. */
async function repeatedly(work: () => Promise<unknown>): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await work()
    await sleep(600)
  }
}

/** Fails unless the answer has this status: a fault that is not there must not pass for one. */
async function expectStatus(answer: Promise<{ readonly status: number }>, wanted: number): Promise<void> {
  const { status } = await answer
  if (status !== wanted) throw new Error(`answered ${status} instead of ${wanted}`)
}

function postExam({ admin }: World) {
  return admin.post('/api/exams', { body: { title: 'Examen de test', rubric: RUBRIC } })
}

/** The database ends every transaction that locks a copy, as it ends one of two that are in each other's way. */
function transactionRolledBack(): Fault {
  const drop = (world: World) =>
    world.owner('drop trigger if exists drill_conflict on copy_lock; drop function if exists drill_conflict')
  let path = ''
  return {
    scenario: SCENARIO,
    cause: 'transaction-rolled-back',
    how: 'transaction-ended',
    alert: 'ParaphServerErrors',
    inject: async (world) => {
      path = await makeReadyCopy(await world.newExam())
      await world.owner(`
        create function drill_conflict() returns trigger language plpgsql as $$
        begin raise exception 'drill' using errcode = 'serialization_failure'; end $$;
        create trigger drill_conflict before insert on copy_lock for each row execute function drill_conflict()`)
      await repeatedly(() => expectStatus(world.markers[0].post(`${path}/lock`), 500))
      return async () => void (await drop(world))
    },
    act: async (world) => {
      await drop(world)
      const { body } = await world.markers[0].post(`${path}/lock`)
      await world.markers[0].post(`${path}/unlock`, { lockToken: body.token })
    },
    isOver: async (world) => {
      const { body } = await world.admin.get(`${path}/events`)
      return body.events.some((event: { readonly action: string }) => event.action === 'LOCK')
    },
  }
}

/** A right that requests need is missing, so that they fail before they have an event. */
function exceptionBeforeEvent(): Fault {
  const grant = (world: World) => world.owner('grant select on rubric_item to paraph_app')
  let isDone = false
  return {
    scenario: SCENARIO,
    cause: 'exception-before-event',
    how: 'right-revoked',
    alert: 'ParaphServerErrors',
    inject: async (world) => {
      await world.owner('revoke select on rubric_item from paraph_app')
      await repeatedly(() => expectStatus(postExam(world), 500))
      return async () => void (await grant(world))
    },
    act: async (world) => {
      await grant(world)
      isDone = (await postExam(world)).status === 201
    },
    isOver: async () => isDone,
  }
}

/** The table of events refuses them, and they take the next step of the ladder. */
function auditWriteFailing(how: How, alert: string, tables: readonly string[]): Fault {
  const grant = (world: World) => world.owner(`grant insert on ${tables.join(', ')} to paraph_app`)
  return {
    scenario: SCENARIO,
    cause: 'audit-write-failing',
    ...{ how, alert },
    inject: async (world) => {
      await world.owner(`revoke insert on ${tables.join(', ')} from paraph_app`)
      await repeatedly(() => expectStatus(postExam(world), 201))
      return async () => void (await grant(world))
    },
    act: async (world) => {
      await grant(world)
      // Holes are looked for once a minute, and by a new worker at once.
      if (how === 'nothing-takes-events') await world.restart('worker')
    },
    isOver: async (world) => {
      const [last] = await world.owner<{ late: boolean; open: number }>(
        `select late, (select count(*) from audit_spool)::int
                    + (select count(*) from exam e
                        where e.event_seq > (select count(*) from audit_event where stream_ref = e.stream_ref)
                                          + (select count(*) from audit_event where action = 'GAP'
                                              and metadata ->> 'stream_ref' = e.stream_ref::text))::int as open
           from audit_event order by id desc limit 1`,
      )
      return last?.late === false && last.open === 0
    },
  }
}

/** Another session has taken the place of the integrator, and does nothing with it. */
function integratorStopped(): Fault {
  return {
    scenario: SCENARIO,
    cause: 'integrator-stopped',
    how: 'lock-taken',
    alert: 'ParaphAuditPending',
    inject: async (world) => {
      const client = new pg.Client({
        connectionString: world.urls.integrator,
        application_name: 'paraph-drill',
      })
      // It is going to be ended.
      client.on('error', () => undefined)
      await client.connect()
      let isTaken = false
      // Waits in the queue for the lock, where the worker only tries.
      void client.query(`select pg_advisory_lock(${INTEGRATOR_LOCK})`).then(
        () => {
          isTaken = true
        },
        () => undefined,
      )
      await until(async () => {
        await world.owner(
          `select pg_terminate_backend(l.pid) from pg_locks l
            where l.locktype = 'advisory' and l.objid = ${INTEGRATOR_LOCK} and l.granted and not $1`,
          [isTaken],
        )
        return isTaken ? true : undefined
      })
      await expectStatus(postExam(world), 201)
      return () => client.end().catch(() => undefined)
    },
    isOver: async (world) => {
      const [row] = await world.owner<{ waiting: number }>(
        'select count(*)::int as waiting from audit_pending',
      )
      return row?.waiting === 0
    },
  }
}

/** A superuser moves a copy, with the guard of its table out of the way. */
function changeOutsideApplication(): Fault {
  let copyId = ''
  const setStatus = (world: World, status: string) =>
    world.owner(`
      alter table copy disable trigger copy_is_guarded;
      update copy set status = '${status}' where id = '${copyId}';
      set constraints all immediate;
      alter table copy enable always trigger copy_is_guarded`)
  return {
    scenario: SCENARIO,
    cause: 'change-outside-application',
    how: 'row-changed',
    alert: 'ParaphAuditReplay',
    inject: async (world) => {
      const path = await makeReadyCopy(await world.newExam())
      copyId = path.split('/').at(-1) ?? ''
      await setStatus(world, 'STAGING')
      return async () => void (await setStatus(world, 'READY'))
    },
    act: async (world) => void (await setStatus(world, 'READY')),
    isOver: async (world) => (await world.paraph('audit', 'verify')).code === 0,
  }
}

export const AUDIT_FAULTS: readonly Fault[] = [
  transactionRolledBack(),
  exceptionBeforeEvent(),
  auditWriteFailing('spool-takes-events', 'ParaphAuditLadder', ['audit_event']),
  auditWriteFailing('nothing-takes-events', 'ParaphAuditLost', ['audit_event', 'audit_spool']),
  integratorStopped(),
  changeOutsideApplication(),
]
