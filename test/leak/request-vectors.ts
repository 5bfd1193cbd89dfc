import type { Canary } from './canaries.ts'
import { said } from './speaker.ts'
import type { Vector } from './vector.ts'
import type { World } from './world.ts'

type Row = Vector<World>

/** The status and the code in the text of an answer. */
function saidRaw(answer: string): string {
  return [/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1], /"code":"([a-z-]+)"/.exec(answer)?.[1]].join(' ')
}

const NOWHERE = '018f0000-0000-7000-8000-000000000000'
const SIGN_IN = '/api/auth/sign-in/email'

const signingIn: readonly Row[] = [
  {
    name: 'sign-in with a wrong password',
    path: 'an account’s address and a password in the body',
    outcome: '401 wrong-credentials',
    provoke: async (world, canary) => {
      const { email } = (await world.as('admin').then((admin) => admin.get('/api/accounts'))).body.accounts[0]
      return said(await world.nobody.post(SIGN_IN, { body: { email, password: canary.text('password') } }))
    },
  },
  {
    name: 'sign-in with an address that nobody has',
    path: 'an address and a password in the body',
    outcome: '401 wrong-credentials',
    provoke: async (world, canary) => {
      const body = { email: canary.email(), password: canary.text('password') }
      return said(await world.nobody.post(SIGN_IN, { body }))
    },
  },
  {
    name: 'sign-in tried too often',
    path: 'an address and passwords, eleven times',
    outcome: '429 too-many-attempts',
    provoke: async (world, canary) => {
      const body = { email: canary.email(), password: canary.text('password') }
      for (let tries = 0; tries < 10; tries += 1) await world.nobody.post(SIGN_IN, { body })
      return said(await world.nobody.post(SIGN_IN, { body }))
    },
  },
  {
    name: 'sign-in with an address that is none',
    path: 'a NUL character behind an address; a password of the wrong type',
    outcome: '400 invalid-request',
    provoke: async (world, canary) => {
      const body = { email: `${canary.email()}\u0000`, password: [canary.text('password')] }
      return said(await world.nobody.post(SIGN_IN, { body }))
    },
  },
  {
    name: 'sign-in with members that nobody asked for',
    path: 'names and values in the body',
    outcome: '401 wrong-credentials',
    provoke: async (world, canary) => {
      const more = { [canary.text('input')]: canary.text('input'), callbackURL: canary.text('input') }
      const body = { email: canary.email(), password: canary.text('password'), ...more }
      return said(await world.nobody.post(SIGN_IN, { body }))
    },
  },
  {
    name: 'sign-in whose body is no JSON',
    path: 'a password, in a text that JSON.parse quotes',
    outcome: '400 malformed-body',
    provoke: async (world, canary) =>
      said(await world.nobody.post(SIGN_IN, { body: `{"password": ${canary.text('password')}` })),
  },
  {
    name: 'sign-in, session, sign-out',
    path: 'the right password; the cookie of the session',
    outcome: '200, 200, 200',
    provoke: async (world, canary) => {
      const account = { email: canary.email(), password: canary.text('password') }
      const admin = await world.as('admin')
      await admin.post('/api/accounts', { body: { ...account, name: canary.text('name'), role: 'auditor' } })
      const answer = await world.nobody.post(SIGN_IN, { body: account })
      const speaker = await world.signIn('auditor', account)
      const session = await speaker.get('/api/auth/get-session')
      const out = await speaker.post('/api/auth/sign-out')
      return [answer, session, out].map(said).join(', ')
    },
  },
  {
    name: 'the cookie of a session that is none',
    path: 'a token in the cookie',
    outcome: '200, 401 no-session, 200',
    provoke: async (world, canary) => {
      const token = encodeURIComponent(`${canary.text('input')}.${canary.text('input')}`)
      const headers = { cookie: `__Secure-paraph.session_token=${token}; paraph.session_token=${token}` }
      const asked = [
        await world.nobody.call('GET', '/api/auth/get-session', { headers }),
        await world.nobody.call('GET', '/api/exams', { headers }),
        await world.nobody.call('POST', '/api/auth/sign-out', { headers }),
      ]
      return asked.map(said).join(', ')
    },
  },
]

const accounts: readonly Row[] = [
  {
    name: 'an account for an address that is taken',
    path: 'name, address and password in the body, twice',
    outcome: '201, 409 account-exists',
    provoke: async (world, canary) => {
      const account = { email: canary.email(), name: canary.text('name'), role: 'student' }
      const body = { ...account, password: canary.text('password') }
      const admin = await world.as('admin')
      return [await admin.post('/api/accounts', { body }), await admin.post('/api/accounts', { body })]
        .map(said)
        .join(', ')
    },
  },
  {
    name: 'an account with a password that is too long',
    path: 'a password in the body',
    outcome: '422 weak-password',
    provoke: async (world, canary) => {
      const password = canary.text('password').repeat(20)
      const body = { email: canary.email(), name: canary.text('name'), role: 'student', password }
      return said(await (await world.as('admin')).post('/api/accounts', { body }))
    },
  },
  {
    name: 'an account with an address that is none',
    path: 'a name in the place of the address',
    outcome: '422 invalid-email',
    provoke: async (world, canary) => {
      const account = { email: canary.text('name'), name: canary.text('name'), role: 'student' }
      const body = { ...account, password: canary.text('password') }
      return said(await (await world.as('admin')).post('/api/accounts', { body }))
    },
  },
  {
    name: 'an account with a role that is none',
    path: 'a name in the place of the role',
    outcome: '400 invalid-request',
    provoke: async (world, canary) => {
      const account = { email: canary.email(), name: canary.text('name'), role: canary.text('input') }
      const body = { ...account, password: canary.text('password') }
      return said(await (await world.as('admin')).post('/api/accounts', { body }))
    },
  },
]

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
    path: '__proto__ and constructor in the body',
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
      const { connect } = await import('node:net')
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

const refusals: readonly Row[] = [
  {
    name: 'a role that may not',
    path: 'the body of a request that another role may make',
    outcome: '403 role-not-allowed',
    provoke: async (world, canary) =>
      said(await (await world.as('student')).post('/api/exams', { body: { title: canary.text('title') } })),
  },
  {
    name: 'a copy of somebody else',
    path: 'the text of an annotation',
    outcome: '403 not-assigned',
    provoke: async (world, canary) => {
      const annotation = { pageNumber: 1, kind: 'comment', x: 0.1, y: 0.1, text: canary.text('text') }
      const path = `/api/copies/${NOWHERE}/annotations`
      return said(await (await world.as('marker')).post(path, { body: annotation }))
    },
  },
  {
    name: 'nobody who is signed in',
    path: 'the body and the query of a request',
    outcome: '401 no-session',
    provoke: async (world, canary) => {
      const path = `/api/exams?${encodeURIComponent(canary.text('input'))}`
      return said(await world.nobody.call('POST', path, { body: { title: canary.text('title') } }))
    },
  },
]

export const REQUEST_VECTORS: readonly Row[] = [
  ...signingIn,
  ...accounts,
  ...bodies,
  ...addresses,
  ...bytes,
  ...headers,
  ...oddHeaders,
  ...refusals,
]
