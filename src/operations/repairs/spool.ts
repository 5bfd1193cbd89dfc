import { readBacklog } from '../../audit/health-store.ts'
import { inTransaction } from '../../platform/database.ts'
import { defineRepair, recordOnSystem } from './repair-kind.ts'

/** An empty spool is no refusal: the worker empties it as well, and may have been faster. */
export const drainSpoolRepair = defineRepair({
  about: 'nothing',
  plan: async ({ db, databaseOf }) => {
    databaseOf('paraph_integrator')
    const { spooled } = await readBacklog(db)
    return { sentence: `move the ${spooled} events of the spool to their table`, facts: { spooled } }
  },
  // The event comes first, since the moves are transactions of another login.
  perform: async (deps, _nothing, why) => {
    deps.databaseOf('paraph_integrator')
    await inTransaction(deps.db, async (tx) => {
      const { spooled } = await readBacklog(tx)
      await recordOnSystem(deps, tx, { ...why, events: spooled })
    })
    const { moved, stuck } = await deps.drainSpool()
    return {
      sentence: `move ${moved} events of the spool to their table; ${stuck} could not be moved`,
      facts: { moved, stuck },
      isUnfinished: stuck > 0,
    }
  },
})
