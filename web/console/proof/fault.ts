/** What can be wrong with a proof, or with what it is of. `console/proof/words.ts` has a sentence for each. */
export type FaultCode =
  // Of the log.
  | 'checkpoint-malformed'
  | 'key-malformed'
  | 'other-log'
  | 'not-signed'
  | 'signature-false'
  | 'other-root'
  | 'tile-malformed'
  | 'entry-altered'
  | 'not-continued'
  // Of one event.
  | 'proof-malformed'
  | 'not-included'
  | 'quarantined'
  | 'shown-otherwise'
  | 'disclosed-otherwise'
  // Of a stream of events.
  | 'number-missing'
  | 'number-twice'
  | 'of-another-stream'

/** Where it is: the number of an event, its place in the log or in its stream, a member of it. */
export type Place = {
  readonly eventId?: string
  readonly index?: number
  readonly seq?: number
  readonly field?: string
}

/** Something that is not what it must be. */
export class Fault extends Error {
  readonly code: FaultCode
  readonly place: Place

  constructor(code: FaultCode, place: Place = {}) {
    super(code)
    this.name = 'Fault'
    this.code = code
    this.place = place
  }
}

export type Finding = { readonly code: FaultCode } & Place

/** Runs a part of a check; gives what is wrong with it instead of throwing it. */
export async function findingOf(part: () => Promise<void>): Promise<Finding | undefined> {
  try {
    await part()
    return undefined
  } catch (error) {
    if (error instanceof Fault) return { code: error.code, ...error.place }
    throw error
  }
}
