import type { Readable } from 'node:stream'
import { DataStore, type Locker, Server, Upload } from '@tus/server'
import { idSchema } from '../platform/contract.ts'
import { AppError } from '../platform/errors.ts'
import type { Session } from '../platform/http-route.ts'
import { newRef } from '../platform/ids.ts'
import { UPLOAD_LIMIT } from '../platform/units.ts'
import {
  beginUpload,
  finishUpload,
  getUpload,
  offsetOf,
  type PartsDeps,
  removeUpload,
} from './upload-parts.ts'

export const UPLOADS_PATH = '/api/uploads'
/** Says which batch an upload has become. */
export const BATCH_HEADER = 'paraph-batch'

/**
 * Answers one request of the protocol for resumable uploads (tus 1.0.0: creation, creation with upload, expiration,
 * termination) for the account that makes it. Throws `AppError`, where the library has a status and a text.
 */
export async function speakTus(
  deps: PartsDeps,
  locker: Locker,
  session: Session,
  request: Request,
): Promise<Response> {
  let failure: unknown
  const finish = async (id: string) => {
    const batchId = await finishUpload(deps, session, idSchema.parse(id))
    return { headers: { [BATCH_HEADER]: batchId } }
  }
  // One for each request: the library has no word for who asks, and what it keeps is the lock alone.
  const server = new Server({
    path: UPLOADS_PATH,
    relativeLocation: true,
    maxSize: UPLOAD_LIMIT,
    datastore: new OwnUploads(deps, session),
    locker,
    namingFunction: () => newRef(),
    onUploadFinish: (_request, upload) => finish(upload.id),
    onResponseError: (_request, error) => {
      failure = error
      return undefined
    },
  })
  const response = await server.handleWeb(request as Parameters<Server['handleWeb']>[0])
  if (failure !== undefined) throw translate(failure)
  if (response.status >= 400) throw refusal(response.status)
  return response
}

/** The uploads of one account, as the library asks for them. */
class OwnUploads extends DataStore {
  readonly #deps: PartsDeps
  readonly #session: Session
  override extensions = ['creation', 'creation-with-upload', 'expiration', 'termination']

  constructor(deps: PartsDeps, session: Session) {
    super()
    this.#deps = deps
    this.#session = session
  }

  override async create(upload: Upload): Promise<Upload> {
    const { id, size = 0, metadata } = upload
    await beginUpload(this.#deps, this.#session, { id: idSchema.parse(id), sizeBytes: size, metadata })
    return upload
  }

  /** The name stays out: who asks where to go on has it, and it need not travel again. */
  override async getUpload(id: string): Promise<Upload> {
    const upload = await getUpload(this.#deps, this.#session, idSchema.parse(id))
    const offset = await offsetOf(this.#deps, upload)
    return new Upload({ id, size: upload.sizeBytes, offset, creation_date: upload.createdAt.toISOString() })
  }

  override async write(content: Readable, id: string, offset: number): Promise<number> {
    const upload = await getUpload(this.#deps, this.#session, idSchema.parse(id))
    // Its file may be among the stored ones by now; the library lets no byte through.
    if (offset === upload.sizeBytes) {
      content.resume()
      return offset
    }
    try {
      return await this.#deps.files.append(upload.id, offset, content)
    } catch (error) {
      if (error instanceof AppError && error.code === 'not-a-pdf') await removeUpload(this.#deps, upload.id)
      throw error
    }
  }

  override async remove(id: string): Promise<void> {
    const upload = await getUpload(this.#deps, this.#session, idSchema.parse(id))
    await removeUpload(this.#deps, upload.id)
  }

  override getExpiration(): number {
    return this.#deps.uploads.lifetimeMs
  }
}

function translate(failure: unknown): unknown {
  if (failure instanceof AppError) return failure
  const status = (failure as { status_code?: unknown } | undefined)?.status_code
  return typeof status === 'number' ? refusal(status) : failure
}

/** The library's own refusals, by the status that it has for them. */
function refusal(status: number): AppError {
  return REFUSALS[status]?.() ?? new AppError('internal', { title: 'Something went wrong on our side.' })
}

const isGone = () => new AppError('not-found', { title: 'There is no such upload, or its time is over.' })

const REFUSALS: Readonly<Record<number, () => AppError>> = {
  400: () =>
    new AppError('malformed-upload', {
      title: 'The upload broke off, or its headers do not belong together.',
    }),
  403: () =>
    new AppError('malformed-upload', {
      title: 'The request does not say where its bytes belong (Upload-Offset).',
    }),
  404: isGone,
  409: () =>
    new AppError('upload-offset-differs', {
      title: 'These bytes do not follow the last ones; ask where to go on (HEAD).',
    }),
  410: isGone,
  412: () =>
    new AppError('upload-version-unsupported', {
      title: 'Say which version of the protocol you speak: 1.0.0.',
    }),
  413: () => new AppError('too-large', { title: 'The file is larger than allowed, or than was said.' }),
  501: () =>
    new AppError('malformed-upload', {
      title: 'The length of an upload must be known before its first byte.',
    }),
}
