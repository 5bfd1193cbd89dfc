import { ask } from '../shared/ask.ts'
import { RequestFailed } from '../shared/request-failed.ts'
import { whenForgotten } from '../shared/session.ts'
import { hashFile, type Sending, sendFile, type UploadOptions } from './send-file.ts'

/** One file on its way: `asking` waits for a person, `refused` and `done` are its ends. */
export type UploadItem = {
  readonly key: string
  readonly examId: string
  readonly file: File
  readonly options: UploadOptions
  readonly state: 'waiting' | 'hashing' | 'sending' | 'offline' | 'paused' | 'asking' | 'refused' | 'done'
  readonly sentBytes: number
  readonly sha256?: string
  readonly batchId?: string
  /** The batch that has the very same file. */
  readonly duplicateOf?: string | undefined
  readonly mayDuplicate?: boolean
  readonly error?: RequestFailed
}

// It outlives the screen: whoever leaves the page and comes back finds the uploads going on. The files themselves are
// gone after a reload; the parts that have arrived are not, and choosing the same file again goes on from there.
let items: readonly UploadItem[] = []
const listeners = new Set<() => void>()
let current: { readonly key: string; readonly sending: Sending } | undefined
let isWorking = false

export function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function currentUploads(): readonly UploadItem[] {
  return items
}

/** Puts files at the end of the queue; they are sent one after another. */
export function addFiles(examId: string, files: readonly File[], options: UploadOptions): void {
  const added = files.map(
    (file): UploadItem => ({
      key: crypto.randomUUID(),
      examId,
      file,
      options,
      state: 'waiting',
      sentBytes: 0,
    }),
  )
  change([...items, ...added])
  void work()
}

/** Goes on with a file that is paused, or that the exam has already and is meant twice. */
export function resumeUpload(key: string, options: { mayDuplicate?: boolean } = {}): void {
  update(key, { state: 'waiting', ...options })
  void work()
}

export async function pauseUpload(key: string): Promise<void> {
  update(key, { state: 'paused' })
  if (current?.key === key) await current.sending.stop()
}

/** Takes a file off the list; what has arrived of it is given up. */
export async function dropUpload(key: string): Promise<void> {
  const sending = current?.key === key ? current.sending : undefined
  change(items.filter((item) => item.key !== key))
  await sending?.giveUp()
}

whenForgotten(() => {
  void current?.sending.stop()
  change([])
})

function change(next: readonly UploadItem[]): void {
  items = next
  const isUnsafe = items.some(({ state }) => UNSAFE.has(state))
  if (isUnsafe) window.addEventListener('beforeunload', warn)
  else window.removeEventListener('beforeunload', warn)
  for (const listener of listeners) listener()
}

const UNSAFE: ReadonlySet<UploadItem['state']> = new Set(['waiting', 'hashing', 'sending', 'offline'])

function warn(event: BeforeUnloadEvent): void {
  event.preventDefault()
}

function update(key: string, changes: Partial<UploadItem>): void {
  change(items.map((item) => (item.key === key ? { ...item, ...changes } : item)))
}

async function work(): Promise<void> {
  if (isWorking) return
  isWorking = true
  try {
    for (let next = findWaiting(); next; next = findWaiting()) await upload(next)
  } finally {
    isWorking = false
  }
}

function findWaiting(): UploadItem | undefined {
  return items.find(({ state }) => state === 'waiting')
}

async function upload(item: UploadItem): Promise<void> {
  const { key, file } = item
  try {
    update(key, { state: 'hashing' })
    const sha256 = item.sha256 ?? (await hashFile(file))
    update(key, { sha256, state: 'sending' })
    const batchId = (await finishWhole(item, sha256)) ?? (await send(item, sha256))
    if (batchId) update(key, { state: 'done', batchId, sentBytes: file.size })
  } catch (failure) {
    update(key, afterFailure(failure))
  } finally {
    current = undefined
  }
}

/** Every byte of it arrived before, and the batch was not made: it is made now. */
async function finishWhole(item: UploadItem, sha256: string): Promise<string | undefined> {
  const known = await findUnfinished(item, sha256)
  if (known?.status !== 'whole') return undefined
  const query = item.mayDuplicate ? { duplicate: 'allow' as const } : {}
  return (await ask('POST /api/uploads/:uploadId/finish', { params: { uploadId: known.id }, query })).id
}

async function send(item: UploadItem, sha256: string): Promise<string | undefined> {
  const known = await findUnfinished(item, sha256)
  const sending = sendFile({
    ...item,
    sha256,
    ...(known ? { resumeAt: `/api/uploads/${known.id}` } : {}),
    onProgress: (sentBytes) => update(item.key, { sentBytes, state: 'sending' }),
    onOffline: () => update(item.key, { state: 'offline' }),
  })
  current = { key: item.key, sending }
  return sending.batchId
}

/** The upload of the same content for the same exam, cut in the same way, that broke off. */
async function findUnfinished({ examId, options, mayDuplicate }: UploadItem, sha256: string) {
  const { uploads } = await ask('GET /api/uploads', {})
  return uploads.find(
    (upload) =>
      upload.examId === examId &&
      upload.sha256 === sha256 &&
      upload.options.split === options.split &&
      upload.options.pagesPerCopy === options.pagesPerCopy &&
      (!mayDuplicate || upload.status === 'whole' || upload.options.duplicate === 'allow'),
  )
}

/** A file that the exam has asks a person; what may pass waits to be resumed; the rest is refused. */
function afterFailure(failure: unknown): Partial<UploadItem> {
  const error =
    failure instanceof RequestFailed ? failure : new RequestFailed({ code: 'internal', status: 500 })
  if (error.code === 'duplicate-scan') {
    const { batchId } = error.facts
    return { state: 'asking', duplicateOf: typeof batchId === 'string' ? batchId : undefined }
  }
  const isFinal = error.status >= 400 && error.status < 500 && ![401, 408, 409, 429].includes(error.status)
  return { state: isFinal ? 'refused' : 'paused', error }
}
