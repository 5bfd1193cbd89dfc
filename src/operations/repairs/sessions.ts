import { INTEGRATOR_LOCK } from '../../audit/integrator.ts'
import { log } from '../../observability/log.ts'
import { type Database, inTransaction } from '../../platform/database.ts'
import { SWEEPER_LOCK } from '../../queue/sweep.ts'
import {
  endSession,
  findLockHolder,
  findSession,
  isLockTimeout,
  limitLockWait,
  type SessionRow,
} from '../store.ts'
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
      return { ...told(holder.pid), ...(await end(deps, { ...holder, lock }, why)) }
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
    return { ...ofEnd(pid), ...(await end(deps, await getBlocker(deps.db, pid), why)) }
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

/** So long the stream of the installation may be in somebody's hands; its events are written in milliseconds. */
const LOCK_WAIT_MS = 1_000

/**
 * Records, then ends: nothing can take back the end of a session, so that its event is committed first. Only a session
 * that holds the stream which the event has to go to is ended first, since the event would wait for the very session that
 * is to go. What then cannot be recorded is told as unfinished.
 */
async function end(
  deps: RepairDeps,
  session: OwnSession,
  why: Why,
): Promise<Pick<Told, 'sentence' | 'isUnfinished'> | undefined> {
  const asItsLogin = deps.databaseOf(session.login)
  const endIt = async () => {
    if (await endSession(asItsLogin, session)) return
    throw notApplicable('This session has ended by itself, or does not end.')
  }
  const record = () =>
    inTransaction(deps.db, async (tx) => {
      await limitLockWait(tx, LOCK_WAIT_MS)
      await recordOnSystem(deps, tx, { ...why, session_pid: session.pid })
    })
  const isRecorded = await record().then(
    () => true,
    (error: unknown) => {
      if (isLockTimeout(error)) return false
      throw error
    },
  )
  await endIt()
  if (isRecorded) return undefined
  try {
    await record()
    return undefined
  } catch (error) {
    log.audit.error('repair.unrecorded', { 'process.pid': session.pid }, error)
    const sentence = `end session ${session.pid} of the database; the event of this could not be written: note down what was done, and when`
    return { sentence, isUnfinished: true }
  }
}
