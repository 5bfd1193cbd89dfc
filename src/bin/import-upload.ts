import { createHash } from 'node:crypto'
import { createReadStream, openAsBlob } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { batchView, uploadList, uploadView } from '../copies/contract.ts'
import type { Id } from '../observability/id.ts'
import { AppError, errorCodeOf } from '../platform/errors.ts'
import { MEBIBYTE, SECOND } from '../platform/units.ts'
import type { Service } from './import-client.ts'

/** What is sent with one request, and repeated at most when a connection breaks. */
const PART_BYTES = 8 * MEBIBYTE
/** Pauses before a connection is tried again; after the last one we give up. */
const PAUSES_MS = [1, 2, 5, 10, 20].map((seconds) => seconds * SECOND)

const TUS = { 'tus-resumable': '1.0.0' }
const UPLOADS = '/api/uploads'

export type ScanFile = { readonly path: string; readonly name: string; readonly sizeBytes: number }

export type UploadPlan = {
  readonly exam: Id
  readonly pagesPerCopy?: number
  readonly split?: 'code-first' | 'code-every'
  readonly allowDuplicate?: true
  readonly onProgress: (sentBytes: number) => void
}

/**
 * Sends a file in parts and returns its batch. What an earlier run has sent is not sent again: the server's own list
 * says so, by the hash of the file. Throws the server's refusals, and `server-unreachable` once it is silent for long.
 */
export async function uploadScan(service: Service, file: ScanFile, plan: UploadPlan): Promise<Id> {
  const sha256 = await hashFile(file.path)
  const known = await findUnfinished(service, file, sha256, plan)
  const path = known ?? (await insist(() => begin(service, file, sha256, plan)))
  const content = await openAsBlob(file.path)
  let offset = 0
  // Only the server knows how much has arrived: it is asked at the beginning, and after each break.
  let breaks = 0
  for (let isKnown = known === undefined; ; ) {
    if (!isKnown) offset = (await insist(() => service.get(path, uploadView))).offset
    plan.onProgress(offset)
    if (offset === file.sizeBytes) return finish(service, path, plan)
    try {
      offset = await sendPart(service, path, offset, content.slice(offset, offset + PART_BYTES))
      isKnown = true
      breaks = 0
    } catch (error) {
      breaks += 1
      if (!isBreak(error) || breaks > PAUSES_MS.length) throw error
      isKnown = false
    }
  }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: MEBIBYTE })) hash.update(chunk)
  return hash.digest('hex')
}

/** The own upload of this very file, to the same exam and to be cut in the same way, that did not come to its end. */
async function findUnfinished(
  service: Service,
  file: ScanFile,
  sha256: string,
  plan: UploadPlan,
): Promise<string | undefined> {
  const { uploads } = await insist(() => service.get(UPLOADS, uploadList))
  const same = uploads.find(
    (upload) =>
      upload.examId === plan.exam &&
      upload.sha256 === sha256 &&
      upload.sizeBytes === file.sizeBytes &&
      upload.options.pagesPerCopy === plan.pagesPerCopy &&
      upload.options.split === plan.split,
  )
  return same && `${UPLOADS}/${same.id}`
}

async function begin(service: Service, file: ScanFile, sha256: string, plan: UploadPlan): Promise<string> {
  const described = {
    exam: plan.exam,
    filename: file.name,
    sha256,
    ...(plan.pagesPerCopy === undefined ? {} : { pagesPerCopy: String(plan.pagesPerCopy) }),
    ...(plan.split === undefined ? {} : { split: plan.split }),
    ...(plan.allowDuplicate ? { duplicate: 'allow' } : {}),
  }
  const metadata = Object.entries(described).map(
    ([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`,
  )
  const headers = {
    ...TUS,
    'upload-length': String(file.sizeBytes),
    'upload-metadata': metadata.join(','),
  }
  const answer = await service.call(UPLOADS, { method: 'POST', headers })
  return answer.headers.get('location') ?? ''
}

async function sendPart(service: Service, path: string, offset: number, body: Blob): Promise<number> {
  const headers = {
    ...TUS,
    'content-type': 'application/offset+octet-stream',
    'upload-offset': String(offset),
  }
  const answer = await service.call(path, { method: 'PATCH', headers, body })
  return Number(answer.headers.get('upload-offset'))
}

async function finish(service: Service, path: string, plan: UploadPlan): Promise<Id> {
  const query = plan.allowDuplicate ? '?duplicate=allow' : ''
  const answer = await insist(() => service.call(`${path}/finish${query}`, { method: 'POST' }))
  return batchView.parse(await answer.json()).id
}

/** Whether the server, or the way to it, failed us for a while, or somebody has sent the same bytes meanwhile. */
function isBreak(error: unknown): boolean {
  return (error instanceof AppError && error.retryable) || errorCodeOf(error) === 'upload-offset-differs'
}

/** Asks again after longer and longer pauses while the server does not answer. */
export async function insist<T>(ask: () => Promise<T>): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof AppError && error.retryable)) throw error
      await sleep(pauseMs)
    }
  }
  return ask()
}
