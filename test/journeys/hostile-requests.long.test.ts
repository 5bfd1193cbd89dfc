import { readdir } from 'node:fs/promises'
import { request as sendRaw } from 'node:http'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import { importScan, makeExam, type Staff } from '../support/builders.ts'
import { send, type TestClient } from '../support/client.ts'
import { makePdf, textPage } from '../support/pdfs.ts'

type Shape = {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Shape>>
  readonly items?: Shape
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Shape[]
  readonly oneOf?: readonly Shape[]
  readonly format?: string
}
type Parameter = { readonly name: string; readonly in: string; readonly schema: Shape }
type Operation = {
  readonly 'x-roles'?: readonly string[]
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Shape }>> }
}
type Target = { readonly method: string; readonly path: string; readonly operation: Operation }

type Hostile = {
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body: Buffer | undefined
}
type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** Planted wherever the caller may write something. */
const MARKER = 'zzQ7planted'
const REQUESTS_PER_OPERATION = 25
const NOWHERE = '018f0000-0000-7000-8000-000000000000'
/** Members whose values must fit each other. */
const GOOD_NUMBERS: Readonly<Record<string, number>> = { x: 0.2, y: 0.2, width: 0.1, height: 0.1 }
/** Longest silence before a request counts as unanswered. */
const PATIENCE_MS = 5_000
const ORIGIN = 'https://paraph.test'

const LONG = `${MARKER}${'x'.repeat(100_000)}`
/** Values as they stand in the text of a body, valid JSON or not. */
const TOKENS: readonly string[] = [
  'NaN',
  '-Infinity',
  '1e999',
  '-1e308',
  '5e-324',
  '2147483648',
  '-2147483649',
  '9223372036854775808',
  '1'.repeat(400),
  '-0',
  '0.1000000000000000055511151231257827',
  'null',
  'true',
  '[]',
  '{}',
  '""',
  'undefined',
  `"${MARKER}"`,
  `"${MARKER}\\u0000"`,
  `"\\ud800${MARKER}\\udfff"`,
  `"' or 1=1; drop table copy; -- ${MARKER}"`,
  `"../../../../etc/passwd${MARKER}"`,
  `"\\u202e\\ufeff${MARKER}\\uffff"`,
  JSON.stringify(LONG),
  '['.repeat(10_000) + ']'.repeat(10_000),
  `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  `{"__proto__":{"${MARKER}":true}}`,
  `{"constructor":{"prototype":{"${MARKER}":true}}}`,
  `{"toString":"${MARKER}","length":-1}`,
  `[${'0,'.repeat(20_000)}0]`,
  `"${MARKER}`,
]

/** Parts of an address as they go over the wire. */
const SEGMENTS: readonly string[] = [
  MARKER,
  `..%2f..%2fetc%2fpasswd${MARKER}`,
  '..',
  '.',
  '%00',
  `%00${MARKER}`,
  '%',
  `%zz${MARKER}`,
  '%C0%AF',
  '%ED%A0%80',
  '%F0%9F%92%A9',
  'NaN',
  '-1',
  '0',
  '1e9',
  '1.5',
  '99999999999999999999999',
  '2147483648',
  '__proto__',
  'constructor',
  `${MARKER}${'y'.repeat(150)}`,
  `${MARKER}${'y'.repeat(4_000)}`,
  'undefined',
  '018f0000-0000-7000-8000-00000000000g',
  '{018f0000-0000-7000-8000-000000000000}',
  `1%27%20or%201=1--${MARKER}`,
]

const HEADERS: readonly Readonly<Record<string, string | string[]>>[] = [
  { 'if-match': '"99999999999999999999"' },
  { 'if-match': `"${MARKER}"` },
  { 'if-match': '*' },
  { 'if-match': '"1", "2"' },
  { 'if-match': '"999999999"' },
  { 'if-match': '' },
  { 'x-lock-token': MARKER },
  { 'x-lock-token': '018F0000-0000-7000-8000-000000000000' },
  { 'x-lock-token': 'z'.repeat(64) },
  { 'x-lock-token': ['a', MARKER] },
  { 'idempotency-key': MARKER },
  { 'idempotency-key': `é${MARKER}` },
  { 'idempotency-key': 'k'.repeat(5_000) },
  { cookie: `paraph.session_token=${MARKER}` },
  { cookie: `paraph.session_token=%00%${MARKER}; ; =;=` },
  { cookie: `__Secure-paraph.session_token=${'c'.repeat(4_000)}` },
  { 'x-request-id': `${MARKER}\t{}` },
  { traceparent: `00-${MARKER}-01` },
  { 'accept-encoding': MARKER },
  { accept: MARKER },
  { 'x-forwarded-for': `${MARKER}, ::::` },
  { host: MARKER },
  { range: `bytes=-1-${MARKER}` },
  { 'x-http-method-override': 'DELETE' },
]

const TYPES: readonly string[] = [
  '',
  'text/plain',
  'application/xml',
  `application/${MARKER}`,
  'application/json; charset=utf-16',
  `application/json; charset=${MARKER}`,
  'application/json; charset',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  `multipart/form-data; boundary=${MARKER}`,
  'multipart/form-data; boundary=',
  ';;;',
  `${'a'.repeat(2_000)}/json`,
]

const BOUNDARY = 'the-edge-of-the-file'
const FILE_NAMES: readonly string[] = [
  `../../../${MARKER}.pdf`,
  `..\\..\\${MARKER}.pdf`,
  `/etc/cron.d/${MARKER}`,
  `C:\\${MARKER}`,
  `${MARKER}\0.pdf`,
  `%00%2e%2e%2f${MARKER}`,
  `\u202e${MARKER}`,
  `${MARKER}${'n'.repeat(5_000)}`,
  `$(touch ${MARKER})`,
  '__proto__',
  '..',
  '',
]
const CONTENTS = fc.constantFrom(`%PDF-1.7 ${MARKER}`, MARKER, '')

describe('hostile requests, made from the published contract', () => {
  let app: TestApp
  let staff: Staff
  let targets: readonly Target[]
  let clients: Readonly<Record<string, TestClient>>

  beforeAll(async () => {
    app = await openTestApp()
    staff = await makeExam(app)
    const { body } = await send(app.url, 'GET', '/api/openapi.json')
    targets = Object.entries(body.paths as Record<string, Record<string, Operation>>).flatMap(
      ([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({
          method: method.toUpperCase(),
          path,
          operation,
        })),
    )
    clients = {
      admin: staff.admin,
      marker: staff.marker,
      operator: await app.signIn('operator'),
      auditor: await app.signIn('auditor'),
      student: await app.signIn('student'),
    }
  })
  afterAll(() => app?.close())

  it('every answer is a success or a refusal that names its code and request and repeats nothing', async () => {
    const statuses = new Map<number, number>()
    const shared = await makeSubject(staff)
    for (const [index, target] of targets.entries()) {
      // Whoever calls what is open to all may be signed out by it.
      const roles = target.operation['x-roles'] ?? ['student']
      // A marker before an administrator: the copy is the marker's to change.
      const role = roles.find((name) => name === 'marker') ?? roles[0] ?? 'student'
      const client = clients[role] as TestClient
      const changesCopy = target.method !== 'GET' && target.path.includes('{copyId}')
      const subject = changesCopy ? await makeSubject(staff) : shared
      const property = fc.asyncProperty(hostileRequests(target, subject), async (hostile) => {
        const answer = await ask(app.url, client, target.method, hostile)
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
        expect(faultsOf(answer), `${target.method} ${target.path}: ${answer.text.slice(0, 500)}`).toEqual([])
      })
      await fc.assert(property, { seed: 40 + index, numRuns: REQUESTS_PER_OPERATION, endOnFailure: true })
    }
    const total = [...statuses.values()].reduce((sum, count) => sum + count, 0)
    expect(total).toBe(targets.length * REQUESTS_PER_OPERATION)
    expect(total).toBeGreaterThanOrEqual(200)
    // The requests get past the door: some succeed, and the refusals come from many places.
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 401, 403, 404, 409, 415, 422]))
  })

  it('a file may have any name: it leads nowhere, and a refusal does not repeat it', async () => {
    const path = `/api/exams/${staff.examId}/batches`
    const headers = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }
    const property = fc.asyncProperty(fc.constantFrom(...FILE_NAMES), CONTENTS, async (name, content) => {
      const body = Buffer.from(
        `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n${content}\r\n--${BOUNDARY}--\r\n`,
      )
      const answer = await ask(app.url, staff.admin, 'POST', { path, headers, body })
      expect(faultsOf(answer), `${name}: ${answer.text.slice(0, 500)}`).toEqual([])
    })
    await fc.assert(property, { seed: 4, numRuns: 30, endOnFailure: true })
    const names = await readdir(app.folder, { recursive: true })
    expect(names.filter(echoes)).toEqual([])
  })

  it('nothing that was planted in a request is in a line of the log', () => {
    expect(app.lines.filter((line) => echoes(JSON.stringify(line)))).toEqual([])
  })

  it('the service is as it was', async () => {
    expect((await send(app.url, 'GET', '/readyz')).status).toBe(200)
    expect((await staff.admin.get('/api/exams')).status).toBe(200)
  })
})

type Subject = { readonly ids: Readonly<Record<string, string>>; readonly lockToken: string }

/** A copy that its marker has locked, with an annotation, so that requests reach what lies behind the first checks. */
async function makeSubject({ admin, marker, examId }: Staff): Promise<Subject> {
  const scan = makePdf([textPage('a page')])
  const { batch } = await importScan({ admin, marker, examId }, { scan })
  const copyId = batch.copies[0]
  await admin.post(`/api/copies/${copyId}/validate`)
  await admin.post(`/api/exams/${examId}/dispatch`)
  const lockToken = (await marker.post(`/api/copies/${copyId}/lock`)).body.token
  const body = { pageNumber: 1, kind: 'tick', x: 0.2, y: 0.2 }
  const annotation = await marker.post(`/api/copies/${copyId}/annotations`, { body, lockToken })
  const exam = (await admin.get(`/api/exams/${examId}`)).body
  const item = exam.rubric.items.find((row: { maxPoints: number | null }) => row.maxPoints !== null)
  return {
    lockToken,
    ids: {
      examId,
      copyId,
      batchId: batch.id,
      annotationId: annotation.body.id,
      itemId: item.id,
      pageNumber: '1',
    },
  }
}

/** Requests to one operation that are good but for one part; now and then two parts. */
function hostileRequests(target: Target, { ids, lockToken }: Subject): fc.Arbitrary<Hostile> {
  const { parameters, requestBody } = target.operation
  const named = (place: string) => parameters.filter((parameter) => parameter.in === place)
  const shape = requestBody?.content['application/json']?.schema
  const addressOf = (part: (known: string | undefined) => fc.Arbitrary<string>) =>
    fc.record(Object.fromEntries(named('path').map(({ name }) => [name, part(ids[name])])))
  const hasBody = target.method !== 'GET'
  const good = Buffer.from(JSON.stringify(shape ? sampleOf(shape, ids) : {}))
  const parts = {
    address: addressOf(segments),
    query: queries(named('query')),
    extra: fc.constantFrom(...HEADERS),
    ...(hasBody
      ? {
          body: bodies(shape, ids),
          type: fc.constantFrom(...TYPES),
          coding: fc.constantFrom('gzip', 'br', MARKER),
        }
      : {}),
  }
  const names = Object.keys(parts) as (keyof typeof parts)[]
  const oneOrTwo = fc.oneof(
    { weight: hasBody ? 3 : 1, arbitrary: fc.constantFrom(...names) },
    ...(hasBody ? [{ weight: 2, arbitrary: fc.constant('body' as const) }] : []),
  )
  const wrong = fc.uniqueArray(oneOrTwo, { minLength: 1, maxLength: 2 })
  return wrong
    .chain((chosen) =>
      fc.record({
        address: chosen.includes('address')
          ? parts.address
          : addressOf((known) => fc.constant(known ?? NOWHERE)),
        query: chosen.includes('query') ? parts.query : fc.constant(''),
        extra: chosen.includes('extra') ? parts.extra : fc.constant({}),
        body:
          chosen.includes('body') && parts.body
            ? parts.body
            : fc.constant(hasBody && shape ? good : undefined),
        type: chosen.includes('type') && parts.type ? parts.type : fc.constant('application/json'),
        coding: chosen.includes('coding') && parts.coding ? parts.coding : fc.constant(undefined),
        version: fc.constantFrom('"1"', '"0"'),
      }),
    )
    .map(({ address, query, extra, body, type, coding, version }) => ({
      path: target.path.replace(/\{(\w+)\}/g, (_, name: string) => address[name] ?? '') + query,
      headers: {
        'if-match': version,
        'x-lock-token': lockToken,
        ...(body === undefined ? {} : { 'content-type': type }),
        ...(body === undefined || coding === undefined ? {} : { 'content-encoding': coding }),
        ...extra,
      },
      body: body !== undefined && coding === 'gzip' ? gzipSync(body) : body,
    }))
}

function segments(known: string | undefined): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(known ?? NOWHERE, (known ?? NOWHERE).toUpperCase()) },
    { weight: 2, arbitrary: fc.constant(NOWHERE) },
    { weight: 3, arbitrary: fc.constantFrom(...SEGMENTS) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).map(encode) },
  )
}

/** As many bytes as there are, lone surrogates included. */
function encode(text: string): string {
  return [...Buffer.from(text, 'utf8')].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
}

function queries(parameters: readonly Parameter[]): fc.Arbitrary<string> {
  const names = [...parameters.map(({ name }) => name), MARKER, '__proto__', 'a[b]', '%00']
  const pair = fc
    .tuple(fc.constantFrom(...names), fc.constantFrom(...SEGMENTS, '', '1', '%5B%5D'))
    .map(([name, value]) => `${name}=${value}`)
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant('') },
    {
      weight: 2,
      arbitrary: fc.array(pair, { minLength: 1, maxLength: 4 }).map((pairs) => `?${pairs.join('&')}`),
    },
    { weight: 1, arbitrary: fc.constantFrom(`?${MARKER}`, '?&&==&', `?${'a=1&'.repeat(2_000)}`) },
  )
}

/** Bodies: one member replaced in a good one, one given twice, or the bytes themselves made odd. */
function bodies(shape: Shape | undefined, ids: Subject['ids']): fc.Arbitrary<Buffer> {
  const good = shape ? sampleOf(shape, ids) : {}
  const places = placesIn(good)
  const replaced = fc
    .tuple(
      fc.constantFrom(...places),
      fc.oneof(
        fc.constantFrom(...TOKENS),
        fc.json().map((text) => text),
      ),
    )
    .map(([place, token]) => Buffer.from(writeWith(good, place, token)))
  const text = JSON.stringify(good)
  const odd = fc.constantFrom(
    Buffer.alloc(0),
    Buffer.from(text, 'utf16le'),
    Buffer.from(`\ufeff${text}`),
    Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0xc0, 0x80, 0x22, 0x3a, 0x31, 0x7d]),
    Buffer.from(text.replace('{', `{"${MARKER}":1,"${MARKER}":2,"__proto__":null,`)),
    Buffer.from(`${text}${text}`),
    Buffer.from(text.slice(0, -1)),
    Buffer.from(`// ${MARKER}\n${text}`),
    Buffer.alloc(1_100_000, 0x20),
    Buffer.from(
      `--${MARKER}\r\nContent-Disposition: form-data; name="file"; filename="../../${MARKER}\\u0000.pdf"\r\n\r\n%PDF-\r\n--${MARKER}--\r\n`,
    ),
    Buffer.from(`--${MARKER}\r\nContent-Disposition: form-data; name="__proto__"; filename=""\r\n\r\nx`),
  )
  return fc.oneof({ weight: 3, arbitrary: replaced }, { weight: 1, arbitrary: odd })
}

/** A value that the schema is content with, as far as its shape tells; ids are those of things that are there. */
function sampleOf(shape: Shape, ids: Subject['ids'], name = ''): unknown {
  if (shape.const !== undefined) return shape.const
  if (shape.enum) return shape.enum[0]
  const either = shape.anyOf?.[0] ?? shape.oneOf?.[0]
  if (either) return sampleOf(either, ids, name)
  if (shape.type === 'object' || shape.properties) {
    const members = Object.entries(shape.properties ?? {})
    return Object.fromEntries(members.map(([member, inner]) => [member, sampleOf(inner, ids, member)]))
  }
  if (shape.type === 'array') return [sampleOf(shape.items ?? {}, ids)]
  if (shape.type === 'number' || shape.type === 'integer') return GOOD_NUMBERS[name] ?? 1
  if (shape.type === 'boolean') return true
  if (shape.format === 'uuid') return ids[name] ?? NOWHERE
  if (shape.format === 'email') return 'nobody@test.invalid'
  return 'a long enough word'
}

type Place = readonly (string | number)[]

function placesIn(value: unknown, place: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [place]
  return [place, ...Object.entries(value).flatMap(([name, member]) => placesIn(member, [...place, name]))]
}

/** The JSON text of a value with some text, which need not be JSON, at one place. */
function writeWith(value: unknown, place: Place, token: string): string {
  const [step, ...rest] = place
  if (step === undefined) return token
  const members = Object.entries(value as object).map(([name, member]) => {
    const text = name === String(step) ? writeWith(member, rest, token) : JSON.stringify(member)
    return Array.isArray(value) ? text : `${JSON.stringify(name)}:${text}`
  })
  return Array.isArray(value) ? `[${members.join(',')}]` : `{${members.join(',')}}`
}

/** Sends what no well-behaved client would. */
function ask(url: string, client: TestClient, method: string, hostile: Hostile): Promise<Answer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const headers = { origin: ORIGIN, cookie: client.cookie, ...hostile.headers }
    const call = sendRaw({ hostname, port, method, path: hostile.path, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
    call.on('error', reject)
    call.setTimeout(PATIENCE_MS, () => call.destroy(new Error('no answer')))
    call.end(hostile.body)
  })
}

/** What is wrong with an answer: nothing for a success, nothing for a refusal that says what it must and no more. */
function faultsOf({ status, headers, text }: Answer): string[] {
  if (status >= 200 && status < 300) return []
  const problem = headers['content-type']?.includes('application/problem+json') ? JSON.parse(text) : {}
  return [
    ...(status >= 400 && status < 500 ? [] : [`status ${status}`]),
    ...(problem.code && problem.status === status ? [] : ['no problem document']),
    ...(problem.requestId && problem.requestId === headers['x-request-id'] ? [] : ['another request id']),
    ...(echoes(`${JSON.stringify(headers)}${text}`) ? ['echo'] : []),
  ]
}

function echoes(text: string): boolean {
  const forms = [0, 1, 2].map((shift) =>
    Buffer.from(`${' '.repeat(shift)}${MARKER}`)
      .toString('base64')
      .slice(4, 4 + 8),
  )
  return [MARKER, Buffer.from(MARKER).toString('hex'), ...forms].some((form) =>
    text.toLowerCase().includes(form.toLowerCase()),
  )
}
