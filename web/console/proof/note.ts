import { type Bytes, fromBase64, toHex } from './bytes.ts'
import { Fault } from './fault.ts'

/** A signed note (C2SP signed-note): its text, and who has signed it. */
export type Note = {
  readonly text: string
  readonly lines: readonly { readonly name: string; readonly keyId: string; readonly signature: Bytes }[]
}

/** The head of the tree that a checkpoint signs (C2SP tlog-checkpoint). */
export type Head = { readonly origin: string; readonly size: number; readonly root: Bytes }

/** Throws `checkpoint-malformed`. */
export function parseNote(message: string): Note {
  const end = message.lastIndexOf('\n\n')
  if (end < 0 || !message.endsWith('\n')) throw new Fault('checkpoint-malformed')
  const lines = message.slice(end + 2, -1).split('\n')
  return { text: message.slice(0, end + 1), lines: lines.map(parseLine) }
}

function parseLine(line: string): Note['lines'][number] {
  const [, name, encoded = ''] = /^— (\S+) (\S+)$/.exec(line) ?? []
  const bytes = fromBase64(encoded)
  if (name === undefined || bytes === undefined || bytes.length < 5) throw new Fault('checkpoint-malformed')
  return { name, keyId: toHex(bytes.slice(0, 4)), signature: bytes.slice(4) }
}

/** Throws `checkpoint-malformed`. */
export function parseHead(text: string): Head {
  const [origin = '', size = '', encoded = ''] = text.split('\n')
  const root = fromBase64(encoded)
  if (origin === '' || !/^(0|[1-9]\d{0,14})$/.test(size) || root?.length !== 32) {
    throw new Fault('checkpoint-malformed')
  }
  return { origin, size: Number(size), root }
}
