import { connect } from 'node:net'
import type { Canary } from './canaries.ts'
import { NOWHERE, said, saidRaw } from './speaker.ts'
import type { Vector } from './vector.ts'
import type { World } from './world.ts'

type Row = Vector<World>

const post =
  (body: (canary: Canary) => unknown, headers: (canary: Canary) => Record<string, string> = () => ({})) =>
  async (world: World, canary: Canary) =>
    said(await (await world.as('admin')).post('/api/exams', { body: body(canary), headers: headers(canary) }))

const bodies: readonly Row[] = [
  {
    name: 'members that a contract does not name',
    path: 'names of members in the body',
    outcome: '400 invalid-request',
    provoke: post((canary) => ({ title: 'Examen', [canary.text('input')]: 1, [canary.word('input')]: 2 })),
  },
  {
    name: 'a value of the wrong type',
    path: 'a text in the place of a number and of a truth value',
    outcome: '400 invalid-request',
    provoke: post((canary) => ({
      title: 'Examen',
      requireAllScores: canary.text('input'),
      rubric: { items: [{ label: 'Exercice', maxPoints: canary.text('input') }] },
    })),
  },
  {
    name: 'a text that is too long',
    path: 'a title and a label of the rubric in the body',
    outcome: '400 invalid-request',
    provoke: post((canary) => ({
      title: canary.text('title').repeat(20),
      rubric: { items: [{ label: canary.text('label').repeat(20), maxPoints: 1 }] },
    })),
  },
  {
    name: 'names that reach into objects',
    path: '`__proto__` in the body',
    outcome: '400 malformed-body',
    provoke: post((canary) => `{"title":"Examen","__proto__":{"${canary.text('input')}":true}}`),
  },
  {
    name: 'a body that is no JSON',
    path: 'a text that JSON.parse quotes',
    outcome: '400 malformed-body',
    provoke: post((canary) => `{"title": "${canary.text('title')}", ${canary.text('input')}}`),
  },
  {
    name: 'a body in another media type',
    path: 'a name in content-type',
    outcome: '415 unsupported-media-type',
    provoke: post(
      (canary) => canary.text('input'),
      (canary) => ({ 'content-type': `application/${canary.ascii('input')}` }),
    ),
  },
  {
    name: 'a body in another charset',
    path: 'a name in the charset of content-type',
    outcome: '201',
    provoke: post(
      (canary) => JSON.stringify({ title: canary.text('title') }),
      (canary) => ({ 'content-type': `application/json; charset=${canary.ascii('input')}` }),
    ),
  },
  {
    name: 'a body in another coding',
    path: 'a name in content-encoding',
    outcome: '201',
    provoke: post(
      (canary) => ({ title: canary.text('title') }),
      (canary) => ({ 'content-encoding': canary.ascii('input') }),
    ),
  },
  {
    name: 'a body that breaks off',
    path: 'a title in a body that is shorter than it says',
    outcome: '499 in the log',
    provoke: async (world, canary) => {
      const body = `{"title": "${canary.text('title')}"`
      const head = ['POST /api/exams HTTP/1.1', 'Host: a', 'Content-Type: application/json']
      const { hostname, port } = new URL(world.app.url)
      const socket = connect(Number(port), hostname)
      socket.on('error', () => undefined)
      socket.write(`${head.join('\r\n')}\r\nContent-Length: 5000\r\n\r\n${body}`, () =>
        setTimeout(() => socket.destroy(), 100),
      )
      const line = await world.line('http.request', { 'http.route': '/api/exams' })
      return `${line['http.response.status_code']} in the log`
    },
  },
]

const get = (address: (canary: Canary) => string) => async (world: World, canary: Canary) =>
  said(await (await world.as('admin')).get(address(canary)))

const addresses: readonly Row[] = [
  {
    name: 'a query that a route does not name',
    path: 'names and values in the query',
    outcome: '200',
    provoke: get((canary) => {
      const marker = encodeURIComponent(canary.text('input'))
      return `/api/exams?${marker}=${marker}&name=${marker}`
    }),
  },
  {
    name: 'a query of the wrong type',
    path: 'a value in the query',
    outcome: '400 invalid-request',
    provoke: get(
      (canary) => `/api/copies/${NOWHERE}/events?after=${encodeURIComponent(canary.text('input'))}`,
    ),
  },
  {
    name: 'an address with a name where an id belongs',
    path: 'a segment of the path',
    outcome: '400 invalid-request',
    provoke: get((canary) => `/api/copies/${encodeURIComponent(canary.text('input'))}`),
  },
  {
    name: 'an address that leads nowhere',
    path: 'a segment of the path, and the query',
    outcome: '404 not-found',
    provoke: get((canary) => {
      const marker = encodeURIComponent(canary.text('input'))
      return `/${marker}/${marker}?${marker}`
    }),
  },
  {
    name: 'an address that cannot be decoded',
    path: 'a segment of the path',
    outcome: '400 malformed-request',
    provoke: async (world, canary) =>
      saidRaw(
        await world.raw(
          `GET /api/copies/${canary.ascii('input')}%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
        ),
      ),
  },
  {
    name: 'an address that is too long',
    path: 'a segment of the path',
    outcome: '404 not-found',
    provoke: get((canary) => `/api/copies/${canary.ascii('input').repeat(20)}`),
  },
  {
    name: 'a method that an address does not know',
    path: 'the query of the address',
    outcome: '405 method-not-allowed',
    provoke: async (world, canary) => {
      const marker = encodeURIComponent(canary.text('input'))
      return said(await (await world.as('admin')).call('DELETE', `/api/exams?${marker}`))
    },
  },
]

export const BODY_VECTORS: readonly Row[] = [...bodies, ...addresses]
