import { NOWHERE, said } from './speaker.ts'
import type { Vector } from './vector.ts'
import type { World } from './world.ts'

type Row = Vector<World>

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

const audit: readonly Row[] = [
  {
    name: 'questions to the log that are none',
    path: 'names in the place of references, actions and reasons',
    outcome: '400 invalid-request, 400 invalid-request, 400 invalid-request',
    provoke: async (world, canary) => {
      const auditor = await world.as('auditor')
      const text = () => encodeURIComponent(canary.text('input'))
      const asked = [
        await auditor.get(`/api/audit/events?actor=${text()}&action=${text()}&${text()}=${text()}`),
        await auditor.get(`/api/audit/events/${text()}`),
        await auditor.post('/api/audit/reveal', {
          body: { actorRef: canary.text('name'), reasonCode: canary.text('note') },
        }),
      ]
      return asked.map(said).join(', ')
    },
  },
  {
    name: 'an operator who asks the log',
    path: 'the name of a person whom events know by a reference',
    outcome: '403 role-not-allowed, 403 role-not-allowed',
    provoke: async (world, canary) => {
      const account = { email: canary.email(), name: canary.text('name'), password: canary.text('password') }
      const admin = await world.as('admin')
      const added = await admin.post('/api/accounts', { body: { ...account, role: 'marker' } })
      const operator = await world.as('operator')
      const body = { actorRef: added.body.actorRef, reasonCode: 'technical' }
      const asked = [
        await operator.get(`/api/audit/events?request=${added.requestId}`),
        await operator.post('/api/audit/reveal', { body }),
      ]
      return asked.map(said).join(', ')
    },
  },
]

export const REQUEST_VECTORS: readonly Row[] = [...signingIn, ...accounts, ...refusals, ...audit]
