import type { RepairAction, RepairReason } from '../../src/operations/contract.ts'
import type { Endpoints } from '../shared/endpoints.ts'

export type Repair = Omit<Endpoints['POST /api/operations/repairs']['body'], 'dryRun' | 'note'>

/** What the API can do; the others take a login that the API does not have, and stay with the command line. */
const OF_THE_API: Readonly<Record<RepairAction, boolean>> = {
  'retry-import': true,
  'dismiss-import': true,
  'retry-finalization': true,
  'force-release': true,
  requeue: true,
  'pause-queue': true,
  'resume-queue': true,
  'drain-spool': false,
  'restart-sweeper': false,
  'restart-integrator': false,
  'end-session': false,
}

export const REASONS: readonly RepairReason[] = [
  'cause-removed',
  'marker-unreachable',
  'given-up',
  'blocks-others',
  'maintenance',
  'requested',
  'other',
]

const COMMAND = /^paraph repair ([a-z-]+)((?: --[a-z]+ \S+)*) --yes$/

/** The repair that a command of the doctor does, if the API can do it: `paraph repair requeue --job … --reason … --yes`. */
export function repairOf(command: string): Repair | undefined {
  const [, action = '', options = ''] = COMMAND.exec(command) ?? []
  if (!isOfTheApi(action)) return undefined
  const given = new Map(
    [...options.matchAll(/ --([a-z]+) (\S+)/g)].map(([, name = '', value = '']) => [name, value]),
  )
  const reason = REASONS.find((one) => one === given.get('reason'))
  const queue = QUEUES.find((one) => one === given.get('queue'))
  const [copy, batch, job] = [given.get('copy'), given.get('batch'), given.get('job')]
  return {
    ...{ action, reason: reason ?? 'other' },
    ...(copy && { copy }),
    ...(batch && { batch }),
    ...(job && { job }),
    ...(queue && { queue }),
  }
}

const QUEUES = ['import-batch', 'prepare-copy', 'finalize-copy'] as const

function isOfTheApi(action: string): action is RepairAction {
  return Object.hasOwn(OF_THE_API, action) && OF_THE_API[action as RepairAction]
}
