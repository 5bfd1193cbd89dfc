import { INTEGRATOR_LOCK } from '../../audit/integrator.ts'
import { type Database, inTransaction } from '../../platform/database.ts'
import { SWEEPER_LOCK } from '../../queue/sweep.ts'
import { endSession, findLockHolder, findSession, type SessionRow } from '../store.ts'
import {
  defineRepair,
  type Login,
  notApplicable,
  type RepairDeps,
  recordOnSystem,
  type Told,
  type Why,
} from './repair-kind.ts'

type OwnSession = { readonly pid: number; readonly login: Login; readonly lock?: number }

/** Ends the session of whoever leads, of which there is always another: that worker, or the next, takes its place. */
function defineRestart(lock: number, role: 'sweeper' | 'integrator') {
  const told = (pid: number): Told => ({
    sentence: `end session ${pid} of the database, which holds the place of the ${role}; a worker takes it anew`,
    facts: { pid, role },
  })
  return defineRepair({
    about: 'nothing',
    plan: async (deps) => {
      const { pid, login } = await getHolder(deps.db, lock, role)
      deps.databaseOf(login)
      return told(pid)
    },
    perform: async (deps, _nothing, why) => {
      const holder = await getHolder(deps.db, lock, role)
      await end(deps, { ...holder, lock }, why)
      return told(holder.pid)
    },
  })
}

export const restartSweeperRepair = defineRestart(SWEEPER_LOCK, 'sweeper')
export const restartIntegratorRepair = defineRestart(INTEGRATOR_LOCK, 'integrator')

const ofEnd = (pid: number): Told => ({
  sentence: `end session ${pid} of the database, for which others wait; what it had not committed is undone`,
  facts: { pid },
})

export const endSessionRepair = defineRepair({
  about: 'pid',
  plan: async (deps, pid) => {
    deps.databaseOf((await getBlocker(deps.db, pid)).login)
    return ofEnd(pid)
  },
  perform: async (deps, pid, why) => {
    await end(deps, await getBlocker(deps.db, pid), why)
    return ofEnd(pid)
  },
})

async function getHolder(db: Database, lock: number, role: string): Promise<OwnSession> {
  const holder = await findLockHolder(db, lock)
  if (!holder) throw notApplicable(`Nobody is the ${role}: see whether a worker runs, and restart it.`)
  return asOwn(holder)
}

async function getBlocker(db: Database, pid: number): Promise<OwnSession> {
  const session = await findSession(db, pid)
  if (!session) throw notApplicable('There is no such session of this database.')
  if (session.blocks === 0) throw notApplicable('Nobody waits for this session.')
  return asOwn(session)
}

function asOwn({ pid, login }: SessionRow): OwnSession {
  if (login !== null) return { pid, login }
  throw notApplicable('This session is none of Paraph’s: ask whoever administers the database.')
}

/** The event is committed first: nothing can take back the end of a session. */
async function end(deps: RepairDeps, session: OwnSession, why: Why): Promise<void> {
  const asItsLogin = deps.databaseOf(session.login)
  await inTransaction(deps.db, (tx) => recordOnSystem(deps, tx, { ...why, session_pid: session.pid }))
  if (!(await endSession(asItsLogin, session))) {
    throw notApplicable('This session has ended by itself, or does not end.')
  }
}
