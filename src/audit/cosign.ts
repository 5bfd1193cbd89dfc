import { log } from '../observability/log.ts'
import { parseCheckpoint } from './tlog/checkpoint.ts'
import { decodeUtf8 } from './tlog/encoding.ts'
import { parseNote } from './tlog/note.ts'
import {
  decideAddCheckpoint,
  parseAddCheckpoint,
  type Witness,
  type WitnessAnswer,
} from './tlog/witness-protocol.ts'
import type { WitnessState } from './witness-state.ts'

/** Answers the body of one `add-checkpoint`. Throws what `keep` of the state throws, and then nothing was cosigned. */
export type Cosign = (body: Uint8Array) => Promise<WitnessAnswer>

type CosignDeps = { readonly witness: Witness; readonly state: Pick<WitnessState, 'latestOf' | 'keep'> }

/**
 * Makes the one door to the witness's key. Requests are decided one after the other, each when the outcome of the one
 * before is on disk: of two that were decided on the same head, the later would roll it back.
 */
export function createCosign(deps: CosignDeps): Cosign {
  let lastTurn: Promise<unknown> = Promise.resolve()
  return (body) => {
    const answer = lastTurn.then(() => cosign(deps, body))
    // Whoever asked is told; the next one has its turn all the same.
    lastTurn = answer.catch(() => undefined)
    return answer
  }
}

async function cosign({ witness, state }: CosignDeps, body: Uint8Array): Promise<WitnessAnswer> {
  const { answer, cosigned } = decideAddCheckpoint(witness, state.latestOf, body)
  if (cosigned) await state.keep(cosigned)
  const claim = readClaim(witness, body)
  if (cosigned) {
    log.audit.info('witness.cosigned', { 'witness.log': claim.log, 'tree.size': claim.size })
  } else {
    log.audit.warning('witness.refused', {
      'http.response.status_code': answer.status,
      'witness.log': claim.log,
      'tree.size': claim.size,
    })
  }
  return answer
}

/** What a request says it is about, true or not: a log, by its place in the list from 1, and the size of its tree. */
function readClaim({ logs }: Witness, body: Uint8Array): { log?: number; size?: number } {
  try {
    const { checkpoint } = parseAddCheckpoint(decodeUtf8(body))
    const { origin, size } = parseCheckpoint(parseNote(checkpoint).text)
    return { log: logs.findIndex((known) => known.origin === origin) + 1, size }
  } catch {
    // It was refused as malformed.
    return {}
  }
}
