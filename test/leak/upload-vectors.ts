import { describeFile, VERSION } from '../support/tus.ts'
import type { Canary } from './canaries.ts'
import { NOWHERE, said } from './speaker.ts'
import type { Vector } from './vector.ts'
import type { World } from './world.ts'

type Row = Vector<World>

const BOUNDARY = 'the-edge-of-the-file'
const NO_PDF = 'no PDF at all'
const BYTES = 'application/offset+octet-stream'

type Form = {
  /** The headers of the only part. */
  readonly part: string
  readonly content?: string
  readonly boundary?: string
  /** What follows the part. */
  readonly rest?: string
}

/** Sends a form that no browser would. */
async function sendForm(world: World, form: Form, path = '/batches', more: Record<string, string> = {}) {
  const boundary = form.boundary ?? BOUNDARY
  const body = `--${boundary}\r\n${form.part}\r\n\r\n${form.content ?? NO_PDF}\r\n${form.rest ?? `--${boundary}--\r\n`}`
  const examId = await world.examId()
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}`, ...more }
  return said(await (await world.as('admin')).post(`/api/exams/${examId}${path}`, { body, headers }))
}

const disposition = (fileName: string, name = 'file') =>
  `Content-Disposition: form-data; name="${name}"; filename="${fileName}"`

const form =
  (
    make: (canary: Canary) => Form,
    path?: (canary: Canary) => string,
    more?: (canary: Canary) => Record<string, string>,
  ) =>
  (world: World, canary: Canary) =>
    sendForm(world, make(canary), path?.(canary), more?.(canary))

/** Begins an upload in parts, with what tus says of a file. */
async function beginParts(world: World, metadata: string, length = '20') {
  const headers = { ...VERSION, 'upload-length': length, 'upload-metadata': metadata }
  return (await world.as('admin')).post('/api/uploads', { headers })
}

const UPLOADS_IN_PARTS: readonly Row[] = [
  {
    name: 'an upload in parts',
    path: 'the name of the file, members nobody knows, and its content',
    outcome: '201, 204, 200, 200, 204',
    provoke: async (world, canary) => {
      const admin = await world.as('admin')
      const exam = await world.examId()
      const metadata = describeFile({
        ...{ exam, filename: `${canary.text('file-name')}.pdf`, filetype: canary.text('input') },
        relativePath: canary.text('file-name'),
      })
      const begun = await beginParts(world, metadata, '200')
      const path = begun.headers.get('location') ?? ''
      const sent = await admin.call('PATCH', path, {
        headers: { ...VERSION, 'content-type': BYTES, 'upload-offset': '0' },
        body: `%PDF-1.7 ${canary.text('document')}`,
      })
      const asked = await admin.call('HEAD', path, { headers: VERSION })
      const seen = await admin.get(path)
      // Another stays, so that its sealed name is among what is looked for in the end.
      await beginParts(world, metadata)
      const gone = await admin.call('DELETE', path, { headers: VERSION })
      return [begun, sent, asked, seen, gone].map(({ status }) => status).join(', ')
    },
  },
  {
    name: 'an upload in parts of a file that is no PDF',
    path: 'the name of the file, and its content',
    outcome: '415 not-a-pdf',
    provoke: async (world, canary) => {
      const admin = await world.as('admin')
      const metadata = describeFile({ exam: await world.examId(), filename: canary.text('file-name') })
      const begun = await beginParts(world, metadata, '2000')
      const headers = { ...VERSION, 'content-type': BYTES, 'upload-offset': '0' }
      const body = canary.text('document').padEnd(1_100, '.').slice(0, 1_100)
      return said(await admin.call('PATCH', begun.headers.get('location') ?? '', { headers, body }))
    },
  },
  {
    name: 'an upload in parts that is described badly',
    path: 'members of Upload-Metadata, in base64',
    outcome: '400 invalid-request',
    provoke: async (world, canary) => {
      const metadata = describeFile({ exam: canary.text('input'), pagesPerCopy: canary.text('input') })
      return said(await beginParts(world, metadata))
    },
  },
  {
    name: 'an upload in parts that is to be cut and checked by words',
    path: 'how to cut, what to allow and the hash, in Upload-Metadata of an exam that is there',
    outcome: '400 invalid-request, 400 invalid-request, 400 invalid-request, 400 invalid-request',
    provoke: async (world, canary) => {
      const exam = await world.examId()
      const answers = []
      for (const member of ['split', 'duplicate', 'sha256', 'pagesPerCopy']) {
        answers.push(await beginParts(world, describeFile({ exam, [member]: canary.text('input') })))
      }
      return answers.map(said).join(', ')
    },
  },
  {
    name: 'an upload in parts whose description cannot be read',
    path: 'the header Upload-Metadata as it is',
    outcome: '400 invalid-request',
    provoke: async (world, canary) => said(await beginParts(world, `filename ${canary.ascii('file-name')}!`)),
  },
  {
    name: 'an upload in parts with words for its numbers',
    path: 'the headers Upload-Length and Tus-Resumable',
    outcome: '400 invalid-request',
    provoke: async (world, canary) => {
      const headers = {
        'tus-resumable': canary.ascii('input'),
        'upload-length': canary.ascii('input'),
        'upload-concat': `final;${canary.ascii('input')}`,
      }
      return said(await (await world.as('admin')).post('/api/uploads', { headers }))
    },
  },
  {
    name: 'an upload in parts that is nobody’s',
    path: 'the address of the upload',
    outcome: '400 invalid-request',
    provoke: async (world, canary) => {
      const path = `/api/uploads/${encodeURIComponent(canary.text('input'))}`
      const headers = { ...VERSION, 'content-type': BYTES, 'upload-offset': '0' }
      return said(await (await world.as('admin')).call('PATCH', path, { headers, body: '%PDF-' }))
    },
  },
]

export const UPLOAD_VECTORS: readonly Row[] = [
  ...UPLOADS_IN_PARTS,
  {
    name: 'an upload that is no PDF',
    path: 'the name of the file, and its content',
    outcome: '415 not-a-pdf',
    provoke: form((canary) => ({
      part: disposition(`${canary.text('file-name')}.pdf`),
      content: canary.text('document'),
    })),
  },
  {
    name: 'an upload whose name is a path',
    path: 'folders in the name of the file',
    outcome: '415 not-a-pdf',
    provoke: form((canary) => ({ part: disposition(`../../${canary.text('file-name')}/x.pdf`) })),
  },
  {
    name: 'an upload whose name is encoded (RFC 5987)',
    path: 'the parameter `filename*` of the part',
    outcome: '415 not-a-pdf',
    provoke: form((canary) => ({
      part: `Content-Disposition: form-data; name="file"; filename*=UTF-8''${encodeURIComponent(canary.text('file-name'))}`,
    })),
  },
  {
    name: 'an upload whose name cannot be decoded',
    path: 'the parameter `filename*` of the part',
    outcome: '415 not-a-pdf',
    provoke: form((canary) => ({
      part: `Content-Disposition: form-data; name="file"; filename*=${canary.ascii('input')}''%zz${canary.ascii('file-name')}`,
    })),
  },
  {
    name: 'an upload whose field has a name',
    path: 'the name of the field',
    outcome: '415 not-a-pdf',
    provoke: form((canary) => ({ part: disposition('scan.pdf', canary.text('input')) })),
  },
  {
    name: 'an upload whose field reaches into objects',
    path: 'the name of the file, in a field `__proto__`',
    outcome: '400 malformed-upload',
    provoke: form((canary) => ({ part: disposition(canary.text('file-name'), '__proto__') })),
  },
  {
    name: 'an upload of a field instead of a file',
    path: 'name and value of the field',
    outcome: '400 malformed-upload',
    provoke: form((canary) => ({
      part: `Content-Disposition: form-data; name="${canary.text('input')}"`,
      content: canary.text('input'),
    })),
  },
  {
    name: 'an upload of two files',
    path: 'the names of both',
    outcome: '400 malformed-upload',
    provoke: form((canary) => ({
      part: disposition(`1-${canary.text('file-name')}`),
      content: '%PDF-1.7',
      rest: `--${BOUNDARY}\r\n${disposition(`2-${canary.text('file-name')}`)}\r\n\r\nx\r\n--${BOUNDARY}--\r\n`,
    })),
  },
  {
    name: 'an upload that breaks off',
    path: 'the name of the file, and its content',
    outcome: '400 malformed-upload',
    provoke: form((canary) => ({
      part: disposition(canary.text('file-name')),
      content: `%PDF-1.7 ${canary.text('document')}`,
      rest: `--${BOUNDARY}`,
    })),
  },
  {
    name: 'an upload with a name for its boundary',
    path: 'the boundary in content-type',
    outcome: '415 not-a-pdf',
    provoke: form((canary) => ({ boundary: canary.ascii('input'), part: disposition('scan.pdf') })),
  },
  {
    name: 'an upload with a boundary that is too long',
    path: 'the boundary in content-type',
    outcome: '400 malformed-upload',
    provoke: form((canary) => ({
      boundary: canary.ascii('input').repeat(20),
      part: disposition('scan.pdf'),
    })),
  },
  {
    name: 'an upload whose part cannot be read',
    path: 'a header of the part without a colon',
    outcome: '400 malformed-upload',
    provoke: form((canary) => ({ part: canary.text('input') })),
  },
  {
    name: 'an upload whose part has headers of its own',
    path: 'content-type, transfer encoding and a header of the part',
    outcome: '415 not-a-pdf',
    provoke: form((canary) => ({
      part: [
        disposition('scan.pdf'),
        `Content-Type: ${canary.ascii('input')}/x`,
        `Content-Transfer-Encoding: ${canary.ascii('input')}`,
        `${canary.ascii('input')}: ${canary.text('input')}`,
      ].join('\r\n'),
    })),
  },
  {
    name: 'an upload that is not to be cut so',
    path: 'the query, and the name of the file',
    outcome: '400 invalid-request',
    provoke: form(
      (canary) => ({ part: disposition(canary.text('file-name')) }),
      (canary) => `/batches?pagesPerCopy=${encodeURIComponent(canary.text('input'))}`,
    ),
  },
  {
    name: 'an upload to an exam that is not there',
    path: 'the name of the file',
    outcome: '404 not-found',
    provoke: async (world, canary) => {
      const part = disposition(canary.text('file-name'))
      const headers = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }
      const body = `--${BOUNDARY}\r\n${part}\r\n\r\n%PDF-1.7\r\n--${BOUNDARY}--\r\n`
      const path = `/api/exams/${NOWHERE}/batches`
      return said(await (await world.as('admin')).post(path, { body, headers }))
    },
  },
  {
    name: 'a key that is used for another upload',
    path: 'the header idempotency-key, and the names of both files',
    outcome: '201, 422 idempotency-key-reused',
    provoke: async (world, canary) => {
      const key = { 'idempotency-key': canary.ascii('key') }
      const upload = (content: string) =>
        sendForm(world, { part: disposition(canary.text('file-name')), content }, '/batches', key)
      return `${await upload('%PDF-1.7 one')}, ${await upload('%PDF-1.7 two')}`
    },
  },
]
