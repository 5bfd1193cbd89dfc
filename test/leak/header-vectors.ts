import type { Canary } from './canaries.ts'
import { NOWHERE, said, saidRaw } from './speaker.ts'
import type { Vector } from './vector.ts'
import type { World } from './world.ts'

type Row = Vector<World>

const bytes: readonly Row[] = [
  {
    name: 'a method that is none',
    path: 'the first word of a request',
    outcome: '400 malformed-request',
    provoke: async (world, canary) =>
      saidRaw(await world.raw(`${canary.capitals('input')} / HTTP/1.1\r\nHost: a\r\n\r\n`)),
  },
  {
    name: 'bytes that are no request',
    path: 'the bytes',
    outcome: '400 malformed-request',
    provoke: async (world, canary) => saidRaw(await world.raw(`${canary.text('input')}\r\n\r\n`)),
  },
  {
    name: 'a header that cannot be read',
    path: 'name and value of a header with a blank in its name',
    outcome: '400 malformed-request',
    provoke: async (world, canary) => {
      const header = `${canary.ascii('input')} x: ${canary.text('input')}`
      return saidRaw(await world.raw(`GET / HTTP/1.1\r\nHost: a\r\n${header}\r\n\r\n`))
    },
  },
  {
    name: 'headers that are too large',
    path: 'the value of a header',
    outcome: '431 headers-too-large',
    provoke: async (world, canary) => {
      const header = `X-Name: ${canary.ascii('input').repeat(2_000)}`
      return saidRaw(await world.raw(`GET / HTTP/1.1\r\nHost: a\r\n${header}\r\n\r\n`))
    },
  },
  {
    name: 'a version of HTTP that is none',
    path: 'the address before it',
    outcome: '400 malformed-request',
    provoke: async (world, canary) =>
      saidRaw(await world.raw(`GET /${canary.ascii('input')} HTTP/9.9\r\nHost: a\r\n\r\n`)),
  },
]

/** Headers that everybody may send, good for nothing here or read as something else. */
const headers = (
  [
    ['the user agent', 'user-agent', (canary) => `Mozilla/5.0 (${canary.text('input')})`],
    [
      'the address that a proxy tells',
      'x-forwarded-for',
      (canary) => `${canary.ascii('input')}, 203.0.113.7`,
    ],
    ['the page that one comes from', 'referer', (canary) => `https://a.invalid/${canary.ascii('input')}`],
    ['credentials of another scheme', 'authorization', (canary) => `Bearer ${canary.ascii('input')}`],
    ['cookies of others', 'cookie', (canary) => `${canary.ascii('input')}=${canary.ascii('input')}`],
    ['the host', 'host', (canary) => `${canary.token('input')}.invalid`],
    ['a request id that is not acceptable', 'x-request-id', (canary) => canary.text('input')],
    ['a trace that does not parse', 'traceparent', (canary) => `00-${canary.ascii('input')}-01`],
    ['the state of a trace', 'tracestate', (canary) => `${canary.token('input')}=${canary.ascii('input')}`],
    ['languages', 'accept-language', (canary) => canary.ascii('input')],
    ['what is accepted', 'accept', (canary) => `text/${canary.ascii('input')}`],
    ['a range', 'range', (canary) => `bytes=${canary.ascii('input')}`],
    ['an upgrade', 'upgrade', (canary) => canary.ascii('input')],
  ] satisfies readonly (readonly [string, string, (canary: Canary) => string])[]
).map(
  ([what, header, value]): Row => ({
    name: `${what} (${header})`,
    path: `the header ${header}`,
    outcome: '404 not-found',
    provoke: async (world, canary) => {
      const { cookie } = await world.as('admin')
      const lines = [`Host: a`, `Cookie: ${cookie}`, `${header}: ${value(canary)}`]
      const own = header === 'host' ? lines.slice(1) : lines
      const request = `GET /api/copies/${NOWHERE} HTTP/1.1\r\n${own.join('\r\n')}\r\nConnection: close\r\n\r\n`
      return saidRaw(await world.raw(Buffer.from(request, 'latin1')))
    },
  }),
)

const oddHeaders: readonly Row[] = [
  {
    name: 'a header that nobody knows',
    path: 'the name of a header, and its value',
    outcome: '404 not-found',
    provoke: async (world, canary) => {
      const own = { [canary.ascii('input')]: canary.text('input') }
      return said(await (await world.as('admin')).call('GET', `/api/exams/${NOWHERE}`, { headers: own }))
    },
  },
  {
    name: 'an origin of somebody else',
    path: 'the header origin',
    outcome: '403 foreign-origin',
    provoke: async (world, canary) => {
      const own = { origin: `https://${canary.token('input')}.invalid` }
      return said(await (await world.as('admin')).post('/api/exams', { headers: own, body: {} }))
    },
  },
  {
    name: 'a version that is none',
    path: 'the header if-match',
    outcome: '428 version-required',
    provoke: async (world, canary) => {
      const request = { headers: { 'if-match': `"${canary.ascii('input')}"` }, body: { points: 1 } }
      const path = `/api/copies/${NOWHERE}/scores/${NOWHERE}`
      return said(await (await world.as('admin')).call('PUT', path, request))
    },
  },
  {
    name: 'a lock token that is none',
    path: 'the header x-lock-token, and the text of an annotation',
    outcome: '404 not-found',
    provoke: async (world, canary) => {
      const annotation = { pageNumber: 1, kind: 'text', x: 0.1, y: 0.1, text: canary.text('text') }
      const request = { headers: { 'x-lock-token': canary.ascii('input') }, body: annotation }
      return said(await (await world.as('admin')).post(`/api/copies/${NOWHERE}/annotations`, request))
    },
  },
  {
    name: 'an idempotency key that is none',
    path: 'the header idempotency-key',
    outcome: '400 invalid-request',
    provoke: async (world, canary) => {
      const own = { 'idempotency-key': `${canary.ascii('key')} ${canary.text('key')}` }
      return said(
        await (await world.as('admin')).post('/api/exams', { headers: own, body: { title: 'Examen' } }),
      )
    },
  },
]

export const HEADER_VECTORS: readonly Row[] = [...bytes, ...headers, ...oddHeaders]
