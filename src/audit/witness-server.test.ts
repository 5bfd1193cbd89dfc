import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { simulateLog } from '../../test/support/simulated-log.ts'
import {
  makeWitnessFolder,
  openWitness,
  removeWitnessFolders,
  type WitnessInRoom,
} from '../../test/support/witness-room.ts'
import { AppError } from '../platform/errors.ts'
import { latestCheckpointPath } from './tlog/witness-protocol.ts'
import { startWitnessServer, type WitnessServer } from './witness-server.ts'
import type { WitnessState } from './witness-state.ts'

const log = simulateLog()
const PATH = `/${latestCheckpointPath(log.identity.origin)}`
const SIZE_TYPE = 'text/x.tlog.size'
const TEXT_TYPE = 'text/plain; charset=utf-8'
const MEBIBYTE = 1_048_576

const opened: { witness: WitnessInRoom; server: WitnessServer }[] = []
let url: string

type Options = { keep?: (own: WitnessState['keep']) => WitnessState['keep']; arriveWithinMs?: number }

async function serve({ keep, arriveWithinMs }: Options = {}) {
  const witness = await openWitness(makeWitnessFolder(), { vkeys: [log.vkey], ...(keep && { keep }) })
  const limit = arriveWithinMs === undefined ? {} : { arriveWithinMs }
  const server = await startWitnessServer(witness, { host: '127.0.0.1', port: 0, ...limit })
  opened.push({ witness, server })
  url = `http://127.0.0.1:${server.port}`
  return { witness, server }
}
beforeEach(() => serve())
afterEach(async () => {
  for (const { witness, server } of opened.splice(0)) {
    await server.close()
    witness.release()
  }
})
afterAll(removeWitnessFolders)

const add = (body: string | Uint8Array<ArrayBuffer>) =>
  fetch(`${url}/add-checkpoint`, { method: 'POST', body })
const factsOf = async (answer: Response) => [
  answer.status,
  answer.headers.get('content-type'),
  await answer.text(),
]

/** Speaks to the server byte by byte; resolves with all that it said once it has hung up. */
async function speak(...parts: readonly string[]): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  // A server that hangs up while we still speak has said what it had to say.
  socket.on('error', () => undefined)
  const said = text(socket).catch(() => '')
  for (const part of parts) {
    socket.write(part)
    await sleep(20)
  }
  return said
}

describe('POST /add-checkpoint', () => {
  it('cosigns, tells the size it knows, and refuses another history', async () => {
    const cosigned = await add(log.requestOf(0, 7))
    expect([cosigned.status, cosigned.headers.get('content-type')]).toEqual([200, TEXT_TYPE])
    expect(await cosigned.text()).toMatch(/^— example\.org\/witness [A-Za-z0-9+/]+=*\n$/)
    expect(await factsOf(await add(log.requestOf(0, 20)))).toEqual([409, SIZE_TYPE, '7\n'])
    expect((await add(log.requestOf(7, 20, true))).status).toBe(422)
    expect((await add(log.requestOf(7, 20))).status).toBe(200)
  })

  it('does not know the log: 404', async () => {
    expect((await add(simulateLog('example.org/other').requestOf(0, 7))).status).toBe(404)
    expect((await add(simulateLog().requestOf(0, 7))).status).toBe(403)
  })

  it('says nothing of itself but what it was asked, and its answers have an id and are kept by nobody', async () => {
    const answer = await add('old 0\n\nnot a checkpoint')
    expect(await factsOf(answer)).toEqual([400, TEXT_TYPE, 'malformed request\n'])
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.has('server')).toBe(false)
  })

  it('takes a mebibyte and no more, declared or not', async () => {
    expect((await add(new Uint8Array(MEBIBYTE))).status).toBe(400)
    expect((await add(new Uint8Array(MEBIBYTE + 1))).status).toBe(413)
    const chunked = httpRequest(`${url}/add-checkpoint`, { method: 'POST' })
    const answered = once(chunked, 'response')
    for (let sent = 0; sent <= MEBIBYTE; sent += 65_536) chunked.write(Buffer.alloc(65_536))
    const [response] = await answered
    expect(response.statusCode).toBe(413)
    chunked.destroy()
    expect((await add(log.requestOf(0, 7))).status).toBe(200)
  })

  it('does not wait for a body that is declared to be too large', async () => {
    await serve({ arriveWithinMs: 500 })
    const said = await speak(
      `POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: ${MEBIBYTE + 1}\r\n\r\n`,
    )
    expect(said).toMatch(/^HTTP\/1\.1 413 /)
  })

  it('does not wait for a body, or for headers, that come too slowly', async () => {
    await serve({ arriveWithinMs: 500 })
    const head = 'POST /add-checkpoint HTTP/1.1\r\nHost: x\r\n'
    const startedAt = performance.now()
    const said = await Promise.all([
      speak(`${head}Content-Length: 100\r\n\r\n`, 'old 0', '\n'),
      speak(head, 'X-Slow: 1'),
    ])
    expect(said.map((words) => words.split('\r\n')[0])).toEqual(
      Array.from({ length: 2 }, () => 'HTTP/1.1 408 Request Timeout'),
    )
    expect(performance.now() - startedAt).toBeLessThan(8_000)
    expect((await add(log.requestOf(0, 7))).status).toBe(200)
  })

  it('goes on when somebody hangs up in the middle', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.write('POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nold 0\n')
    await sleep(20)
    socket.destroy()
    expect((await add(log.requestOf(0, 7))).status).toBe(200)
  })

  it.each([
    ['a disk that is full', new AppError('storage-full', { title: 'Full.' }), 503],
    ['anything else', new Error('zoe-marqueur'), 500],
  ])('sends no cosignature when it cannot be kept, because of %s: %i', async (_, error, status) => {
    const { witness } = await serve({ keep: () => () => Promise.reject(error) })
    const answer = await add(log.requestOf(0, 7))
    expect(await factsOf(answer)).toEqual([
      status,
      TEXT_TYPE,
      'the witness cannot keep what it would cosign\n',
    ])
    expect((await fetch(`${url}${PATH}`)).status).toBe(404)
    expect(witness.state.latestOf(log.identity.origin)).toBeUndefined()
  })
})

describe('what anybody may read', () => {
  it('is the last note of a log, under the hash of its origin', async () => {
    expect((await fetch(`${url}${PATH}`)).status).toBe(404)
    const cosignature = await (await add(log.requestOf(0, 7))).text()
    const note = `${log.checkpointOf(7)}${cosignature}`
    expect(await factsOf(await fetch(`${url}${PATH}`))).toEqual([200, TEXT_TYPE, note])
    const head = await fetch(`${url}${PATH}`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
      200,
      String(Buffer.byteLength(note)),
      '',
    ])
  })

  it('is the verifier key', async () => {
    const { witness } = await serve()
    expect(await factsOf(await fetch(`${url}/vkey`))).toEqual([200, TEXT_TYPE, `${witness.vkey}\n`])
  })

  it.each([
    '/',
    '/logs',
    '/witness.lock',
    `${PATH}/`,
    `${PATH}?`,
    '/add-checkpoint/',
    '/..%2fkeys/witness.key',
    '//vkey',
  ])('is nothing else: %s', async (path) => {
    await add(log.requestOf(0, 7))
    expect((await fetch(`${url}${path}`)).status).toBe(404)
  })

  it('is changed by no method', async () => {
    await add(log.requestOf(0, 7))
    for (const [path, method, allow] of [
      ['/add-checkpoint', 'GET', 'POST'],
      ['/add-checkpoint', 'PUT', 'POST'],
      ['/vkey', 'POST', 'GET, HEAD'],
      [PATH, 'DELETE', 'GET, HEAD'],
    ] as const) {
      const answer = await fetch(`${url}${path}`, { method })
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow])
    }
  })
})

describe('the end of the server', () => {
  it('comes after what was being decided, and does not wait for who is silent', async () => {
    const { server } = await serve({
      keep: (own) => async (cosigned) => {
        await sleep(300)
        await own(cosigned)
      },
    })
    const silent = connect(server.port, '127.0.0.1')
    await once(silent, 'connect')
    const asked = add(log.requestOf(0, 7))
    await sleep(100)
    const startedAt = performance.now()
    const closed = server.close()
    expect((await asked).status).toBe(200)
    await closed
    expect(performance.now() - startedAt).toBeLessThan(8_000)
    await expect(fetch(`${url}/vkey`)).rejects.toThrow()
  })

  it('does not take a port that another has', async () => {
    const { witness, server } = await serve()
    const second = startWitnessServer(witness, { host: '127.0.0.1', port: server.port })
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})
