import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { decodeLeaf } from '../audit/leaf.ts'
import { AppError } from '../platform/errors.ts'
import { ERASURE_REASONS } from './erasure-reasons.ts'
import type { KnownErasure } from './reapply-erasures.ts'

/**
 * The erasures that `events.jsonl` of an export tells of, by the bytes of its events (`leaf`, in base64). Whether the
 * export is genuine is for `paraph audit check` to say, before. Throws `file-unreadable`.
 */
export async function readErasures(path: string): Promise<readonly KnownErasure[]> {
  try {
    const erasures: KnownErasure[] = []
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
      const erasure = line === '' ? undefined : findErasure(line)
      if (erasure) erasures.push(erasure)
    }
    return erasures
  } catch (cause) {
    throw new AppError('file-unreadable', {
      title: 'The file of --from is not the events.jsonl of an export.',
      cause,
    })
  }
}

function findErasure(line: string): KnownErasure | undefined {
  const { leaf, quarantine } = JSON.parse(line) as { readonly leaf?: unknown; readonly quarantine?: unknown }
  // An entry that stands for an event which failed its checks erases nobody.
  if (quarantine !== undefined) return undefined
  if (typeof leaf !== 'string') throw new TypeError('a line without an event')
  const event = decodeLeaf(Buffer.from(leaf, 'base64'))
  if (event.action !== 'ERASE') return undefined
  const { kind, ref: streamRef } = event.stream
  // That of a scan which went with a copy: the copy's tells of it.
  if (kind !== 'copy' && event.metadata?.['pages'] === undefined) return undefined
  const stated = event.metadata?.['reason_code']
  const reason = ERASURE_REASONS.find((word) => word === stated) ?? 'not-stated'
  return { of: kind === 'copy' ? 'copy' : 'batch', streamRef, reason }
}
