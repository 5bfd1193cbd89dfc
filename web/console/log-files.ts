import { ask } from '../shared/ask.ts'
import { RequestFailed } from '../shared/request-failed.ts'
import { checkLog, type LogVerdict, type PublishedFiles } from './proof/check-log.ts'
import { Fault } from './proof/fault.ts'

/** The checkpoint that was published last, null before there is one. Throws `RequestFailed`. */
export async function readCheckpoint(signal: AbortSignal): Promise<string | null> {
  const answer = await fetch('/api/audit/log/checkpoint', { signal })
  // Read in any case: a body that nobody takes keeps the request open.
  const text = await answer.text()
  if (answer.status === 404) return null
  if (!answer.ok) throw failed(answer)
  return text
}

/** Reads every published file and checks it; `onProgress` is told how many entries are done. */
export async function checkPublishedLog(options: {
  readonly checkpoint: string
  readonly vkey: string | undefined
  readonly kept: string | undefined
  readonly signal: AbortSignal
  readonly onProgress: (entries: number, of: number) => void
}): Promise<LogVerdict> {
  const { checkpoint, vkey, ...rest } = options
  const keys = await ask('GET /api/audit/log/keys', { signal: options.signal })
  return checkLog({ keys, checkpoint, readTile }, { ...rest, trustedVkey: vkey })
}

const readTile: PublishedFiles['readTile'] = async (path, signal) => {
  const answer = await fetch(`/api/audit/log/tile/${path}`, signal ? { signal } : {})
  if (answer.ok) return new Uint8Array(await answer.arrayBuffer())
  // A partial file is gone once it has grown full; its beginning is the same.
  const full = path.replace(/\.p\/\d+$/, '')
  if (answer.status !== 404) throw failed(answer)
  if (full === path) throw new Fault('tile-malformed')
  return cut(await readTile(full, signal), path)
}

/** The beginning of a full file, as wide as the partial one was. */
function cut(bytes: Uint8Array<ArrayBuffer>, path: string): Uint8Array<ArrayBuffer> {
  const width = Number(/\.p\/(\d+)$/.exec(path)?.[1])
  if (!path.startsWith('entries/')) return bytes.slice(0, width * 32)
  const lengths = new DataView(bytes.buffer)
  let end = 0
  for (let entry = 0; entry < width && end + 2 <= bytes.length; entry += 1) end += 2 + lengths.getUint16(end)
  return bytes.slice(0, end)
}

function failed(answer: Response): RequestFailed {
  return new RequestFailed({
    code: 'unknown-answer',
    status: answer.status,
    requestId: answer.headers.get('x-request-id') ?? undefined,
  })
}
