import { z } from 'zod'
import { defineRoute, type ProtocolRoute, type Route } from '../platform/http-route.ts'
import { batchView, uploadId, uploadList, uploadQuery, uploadView } from './contract.ts'
import type { CopiesDeps } from './deps.ts'
import { getBatchView } from './read.ts'
import { openUploadFiles } from './upload-files.ts'
import { createUploadLocker } from './upload-lock.ts'
import { finishUpload, getUpload, listUploads, offsetOf, type PartsDeps, viewUpload } from './upload-parts.ts'
import { BATCH_HEADER, speakTus, UPLOADS_PATH } from './upload-protocol.ts'

const ADMIN = { roles: ['admin'], ownership: 'none' } as const
const ONE = `${UPLOADS_PATH}/:uploadId`

const bytes = z.string().regex(/^\d{1,15}$/)
const contentLength = { 'content-length': bytes.optional(), 'content-type': z.string().max(100).optional() }
const version = {
  'tus-resumable': z
    .string()
    .regex(/^[\d.]{1,16}$/)
    .optional(),
}
const metadata = z
  .string()
  .max(4_000)
  .regex(/^[A-Za-z0-9_-]+( [A-Za-z0-9+/]*={0,2})?(,[A-Za-z0-9_-]+( [A-Za-z0-9+/]*={0,2})?)*$/)
  .describe('`exam`, `filename`, `pagesPerCopy`, `split`, `duplicate` and `sha256`, each in base64.')

const answered = z.object({
  'tus-resumable': z.string(),
  'upload-offset': z.string().optional(),
  'upload-expires': z.string().optional(),
  [BATCH_HEADER]: z.string().describe('The batch, once the upload has become one.').optional(),
})

/** Uploads in parts: what the library for the protocol answers, and what is ours. */
export function uploadRoutes(rooms: CopiesDeps): {
  readonly routes: readonly Route[]
  readonly protocolRoutes: readonly ProtocolRoute[]
} {
  const deps: PartsDeps = { ...rooms, files: openUploadFiles(rooms.uploads.directory) }
  return { routes: ownRoutes(deps), protocolRoutes: protocolRoutes(deps) }
}

function protocolRoutes(deps: PartsDeps): readonly ProtocolRoute[] {
  const locker = createUploadLocker()
  return [
    {
      method: 'POST',
      path: UPLOADS_PATH,
      summary: 'Begin an upload that may arrive in parts (tus 1.0.0).',
      access: ADMIN,
      headers: z.object({
        ...version,
        ...contentLength,
        'upload-length': bytes.optional(),
        'upload-metadata': metadata.optional(),
      }),
      answerHeaders: answered.extend({ location: z.string() }),
      takesBytes: true,
      status: 201,
      handle: (request, session) => speakTus(deps, locker, session, request),
    },
    {
      method: 'HEAD',
      path: ONE,
      summary: 'Where to go on.',
      access: ADMIN,
      params: uploadId,
      headers: z.object(version),
      answerHeaders: answered.extend({ 'upload-length': z.string() }),
      takesBytes: false,
      status: 200,
      handle: async (request, session, params: z.output<typeof uploadId>) => {
        const response = await speakTus(deps, locker, session, request)
        const upload = await getUpload(deps, session, params.uploadId)
        // The last bytes came, and the answer did not: nobody would send them again.
        if ((await offsetOf(deps, upload)) === upload.sizeBytes) {
          response.headers.set(BATCH_HEADER, await finishUpload(deps, session, upload.id))
        }
        return response
      },
    },
    {
      method: 'PATCH',
      path: ONE,
      summary: 'Send the next bytes. HEAD says where to go on; after the last ones the batch is made.',
      access: ADMIN,
      params: uploadId,
      headers: z.object({ ...version, ...contentLength, 'upload-offset': bytes.optional() }),
      answerHeaders: answered,
      takesBytes: true,
      status: 204,
      handle: async (request, session, params: z.output<typeof uploadId>) => {
        await getUpload(deps, session, params.uploadId)
        return speakTus(deps, locker, session, request)
      },
    },
    {
      method: 'DELETE',
      path: ONE,
      summary: 'Give up an upload, with what has arrived of it.',
      access: ADMIN,
      params: uploadId,
      headers: z.object(version),
      answerHeaders: answered,
      takesBytes: false,
      status: 204,
      handle: async (request, session, params: z.output<typeof uploadId>) => {
        await getUpload(deps, session, params.uploadId)
        return speakTus(deps, locker, session, request)
      },
    },
  ]
}

function ownRoutes(deps: PartsDeps): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: UPLOADS_PATH,
      summary: 'Your own uploads that have not become a batch yet.',
      access: ADMIN,
      response: uploadList,
      handle: async ({ session }) => ({ uploads: await listUploads(deps, session) }),
    }),
    defineRoute({
      method: 'GET',
      path: ONE,
      summary: 'The state of an upload of yours.',
      access: ADMIN,
      params: uploadId,
      response: uploadView,
      handle: async ({ session, params }) =>
        viewUpload(deps, await getUpload(deps, session, params.uploadId)),
    }),
    defineRoute({
      method: 'POST',
      path: `${ONE}/finish`,
      summary: 'Make the batch of an upload that is whole, also of a scan that the exam has already.',
      access: ADMIN,
      params: uploadId,
      query: uploadQuery.pick({ duplicate: true }),
      status: 201,
      response: batchView,
      handle: async ({ session, params, query }) =>
        getBatchView(deps, await finishUpload(deps, session, params.uploadId, query)),
    }),
  ]
}
