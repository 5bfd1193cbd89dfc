import { BATCH, integrateBatch } from '../../src/audit/integrate.ts'
import { type Effort, measure } from './effort.ts'
import type { Installation } from './installation.ts'

export type Drained = Effort & {
  readonly events: number
  readonly perSecond: number
  readonly perCpuSecond: number
}

/** Brings everything that is queued into the tree, batch after batch, as the leader of an installation does. */
export async function drain({ integrator: db, keys }: Installation): Promise<Drained> {
  let events = 0
  const effort = await measure(async () => {
    for (let taken = BATCH; taken > 0; events += taken) {
      const integrated = await integrateBatch({ db, keys })
      if (integrated.quarantined > 0) throw new Error('a quarantined event: the figure would mean nothing')
      taken = integrated.taken
    }
  })
  return {
    ...effort,
    events,
    perSecond: events / effort.wallSeconds,
    perCpuSecond: events / effort.cpuSeconds,
  }
}
