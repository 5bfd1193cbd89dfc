import { type DetailedError, Upload } from 'tus-js-client'
import type { UploadQuery } from '../../src/copies/contract.ts'
import { RequestFailed } from '../shared/request-failed.ts'

/** How a scan is to be cut. */
export type UploadOptions = Pick<UploadQuery, 'pagesPerCopy' | 'split'>

/** A file that is being sent. */
export type Sending = {
  /** Of the scan that it has become; undefined when it was stopped. Rejects with `RequestFailed`. */
  readonly batchId: Promise<string | undefined>
  /** Leaves what has arrived, to go on later. */
  stop(): Promise<void>
  /** Gives up what has arrived. */
  giveUp(): Promise<void>
}

const CHUNK_BYTES = 4 * 1_024 * 1_024
/** After the last one a person resumes, or the connection that is back. */
const RETRY_DELAYS_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000]

/** SHA-256 of a file in hexadecimal: by it an upload that broke off is found again, on any computer. */
export async function hashFile(file: File): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer())
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Sends a file in parts and goes on by itself after a break; `resumeAt` is the address of what has arrived before. */
export function sendFile(options: {
  readonly examId: string
  readonly file: File
  readonly options: UploadOptions
  readonly sha256: string
  readonly mayDuplicate?: boolean
  readonly resumeAt?: string
  readonly onProgress: (sentBytes: number) => void
  readonly onOffline: () => void
}): Sending {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>()
  let batchId: string | undefined
  const upload = new Upload(options.file, {
    endpoint: '/api/uploads',
    ...(options.resumeAt ? { uploadUrl: options.resumeAt } : {}),
    metadata: describe(options),
    chunkSize: CHUNK_BYTES,
    retryDelays: RETRY_DELAYS_MS,
    // The names of scans are not left in this browser; the service knows what has arrived.
    storeFingerprintForResuming: false,
    onProgress: options.onProgress,
    onShouldRetry: (error) => {
      const isPassing = isOfConnection(error)
      if (isPassing) options.onOffline()
      return isPassing
    },
    onAfterResponse: (_request, response) => {
      batchId = response.getHeader('Paraph-Batch') ?? batchId
    },
    onError: (error) => reject(toFailure(error)),
    onSuccess: () => resolve(batchId),
  })
  upload.start()
  const stop = async (terminate: boolean) => {
    await upload.abort(terminate)
    resolve(undefined)
  }
  return { batchId: promise, stop: () => stop(false), giveUp: () => stop(true) }
}

function describe(options: Parameters<typeof sendFile>[0]): Record<string, string> {
  const { pagesPerCopy, split } = options.options
  return {
    exam: options.examId,
    filename: options.file.name,
    sha256: options.sha256,
    ...(pagesPerCopy === undefined ? {} : { pagesPerCopy: String(pagesPerCopy) }),
    ...(split === undefined ? {} : { split }),
    ...(options.mayDuplicate ? { duplicate: 'allow' } : {}),
  }
}

/** Nothing answered, or the service said that it comes back, or the bytes lie elsewhere: asking again may help. */
function isOfConnection(error: Error | DetailedError): boolean {
  const status = statusOf(error)
  return status === 0 || status >= 500 || (status === 409 && codeOf(error) === 'upload-offset-differs')
}

function statusOf(error: Error | DetailedError): number {
  return ('originalResponse' in error && error.originalResponse?.getStatus()) || 0
}

function codeOf(error: Error | DetailedError): unknown {
  return problemOf(error)['code']
}

function problemOf(error: Error | DetailedError): Record<string, unknown> {
  const body = 'originalResponse' in error ? error.originalResponse?.getBody() : undefined
  try {
    return JSON.parse(body || '{}')
  } catch {
    return {}
  }
}

function toFailure(error: Error | DetailedError): RequestFailed {
  const { code, requestId, ...facts } = problemOf(error)
  const status = statusOf(error)
  return new RequestFailed({
    code: typeof code === 'string' ? code : status === 0 ? 'unreachable' : 'unknown-answer',
    status,
    requestId: typeof requestId === 'string' ? requestId : undefined,
    facts,
  })
}
