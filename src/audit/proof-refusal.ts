import { AppError } from '../platform/errors.ts'
import type { ProvedEvent, Unproved } from './prove.ts'

const TITLES: Readonly<Record<Exclude<Unproved, 'no-such-event' | 'disproved'>, string>> = {
  earlier: 'This event is from before the log could prove any.',
  'not-in-tree': 'This event is not in the log yet; try again in a moment.',
  'not-published': 'No published log holds this event yet; try again in a moment.',
}

/** The proof. Throws `not-found`, `event-not-provable` with the reason, `log-damaged`. */
export function assertProved(proved: ProvedEvent | Unproved): ProvedEvent {
  if (typeof proved !== 'string') return proved
  if (proved === 'no-such-event') throw new AppError('not-found', { title: 'There is no such event.' })
  if (proved === 'disproved') {
    throw new AppError('log-damaged', { title: 'The published log does not hold this event as it is.' })
  }
  throw new AppError('event-not-provable', { title: TITLES[proved], problem: { reason: proved } })
}
