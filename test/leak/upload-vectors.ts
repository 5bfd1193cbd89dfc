import type { Canary } from './canaries.ts'
import { NOWHERE, said } from './speaker.ts'
import type { Vector } from './vector.ts'
import type { World } from './world.ts'

type Row = Vector<World>

const BOUNDARY = 'the-edge-of-the-file'
const NO_PDF = 'no PDF at all'

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

export const UPLOAD_VECTORS: readonly Row[] = [
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
