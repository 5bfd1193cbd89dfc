import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { simulateLog } from '../../test/support/simulated-log.ts'
import {
  COSIGNED_AT,
  makeWitnessFolder,
  openWitness,
  removeWitnessFolders,
  type WitnessInRoom,
} from '../../test/support/witness-room.ts'
import type { Cosign } from './cosign.ts'
import { cosignedAt, cosigner } from './tlog/cosignature.ts'
import { formatSignature, signText } from './tlog/note.ts'
import { COSIGNATURE_V1, ED25519, formatVkey, generateSkey, parseSkey } from './tlog/note-key.ts'
import { askWitness, connectWitness, readLatest, type WitnessOutcome } from './witness-client.ts'
import { startWitnessServer } from './witness-server.ts'

const log = simulateLog()
const closing: (() => unknown)[] = []
let witness: WitnessInRoom
let url: string
/** The status of each answer that the witness gave. */
let answers: number[]

beforeEach(async () => {
  witness = await openWitness(makeWitnessFolder(), { vkeys: [log.vkey] })
  answers = []
  const cosign: Cosign = async (body) => {
    const answer = await witness.cosign(body)
    answers.push(answer.status)
    return answer
  }
  const server = await startWitnessServer({ ...witness, cosign }, { host: '127.0.0.1', port: 0 })
  closing.push(witness.release, server.close)
  url = `http://127.0.0.1:${server.port}`
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})
afterAll(removeWitnessFolders)

const connectTo = (address: string, timeoutMs = 5_000) =>
  connectWitness({ url: address, vkey: witness.vkey, timeoutMs })

/** What the log puts to a witness; `proofs` is where each proof began that was asked for. */
function submit(size: number, isRewritten = false) {
  const proofs: number[] = []
  const proveConsistency = async (oldSize: number) => {
    proofs.push(oldSize)
    return log.proveConsistency(oldSize, size)
  }
  return { proofs, checkpoint: log.checkpointOf(size, isRewritten), proveConsistency }
}

/** Something else that answers where the witness should be; returns its address. */
async function pretend(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const kindOf = ({ kind }: { kind: string }) => kind

describe('a witness that is asked', () => {
  it('cosigns at first sight, and then what grew, without being asked twice', async () => {
    const remote = connectTo(url)
    const first = submit(7)
    const outcome = await askWitness(remote, first)
    expect(outcome).toMatchObject({ kind: 'cosigned', cosignatures: [{ name: 'example.org/witness' }] })
    const { cosignatures } = outcome as Extract<WitnessOutcome, { kind: 'cosigned' }>
    expect(cosignatures.map(cosignedAt)).toEqual([COSIGNED_AT])
    const second = submit(20)
    const same = submit(20)
    expect(await askWitness(remote, second)).toMatchObject({ kind: 'cosigned' })
    expect(await askWitness(remote, same)).toMatchObject({ kind: 'cosigned' })
    expect([first.proofs, second.proofs, same.proofs]).toEqual([[], [7], []])
    expect(answers).toEqual([200, 200, 200])
  })

  it('is asked again, once, from the size that it knows', async () => {
    await witness.cosign(Buffer.from(log.requestOf(0, 13)))
    const submission = submit(20)
    expect(await askWitness(connectTo(url), submission)).toMatchObject({ kind: 'cosigned' })
    expect(submission.proofs).toEqual([13])
    expect(answers).toEqual([409, 200])
  })

  it('is ahead when it cosigned more than the log has', async () => {
    const remote = connectTo(url)
    await askWitness(remote, submit(50))
    const submission = submit(20)
    expect(await askWitness(remote, submission)).toEqual({ kind: 'ahead', size: 50 })
    expect(await askWitness(connectTo(url), submission)).toEqual({ kind: 'ahead', size: 50 })
    expect(submission.proofs).toEqual([])
  })

  it('refuses a history that was rewritten, larger or of the same size', async () => {
    const remote = connectTo(url)
    await askWitness(remote, submit(20))
    expect(await askWitness(remote, submit(50, true))).toEqual({ kind: 'refused', status: 422 })
    expect(await askWitness(remote, submit(20, true))).toEqual({ kind: 'refused', status: 409 })
    expect(await askWitness(remote, submit(50))).toMatchObject({ kind: 'cosigned' })
  })

  it('can be behind a path, with or without its last slash', async () => {
    const paths: string[] = []
    const address = await pretend((request, response) => {
      paths.push(request.url ?? '')
      response.writeHead(404).end()
    })
    for (const prefix of [`${address}/some/witness`, `${address}/some/witness/`]) {
      expect(await askWitness(connectTo(prefix), submit(7))).toEqual({ kind: 'refused', status: 404 })
    }
    expect(paths).toEqual(Array.from({ length: 2 }, () => '/some/witness/add-checkpoint'))
  })

  it('that changes its mind is not asked a third time', async () => {
    let asked = 0
    const address = await pretend((request, response) => {
      asked += 1
      request.resume()
      response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end(`${asked}\n`)
    })
    expect(await askWitness(connectTo(address), submit(20))).toEqual({ kind: 'refused', status: 409 })
    expect(asked).toBe(2)
  })

  it('is not to blame when the log cannot prove', async () => {
    await witness.cosign(Buffer.from(log.requestOf(0, 13)))
    const submission = { ...submit(20), proveConsistency: () => Promise.reject(new Error('no tree')) }
    await expect(askWitness(connectTo(url), submission)).rejects.toThrow('no tree')
  })
})

describe('the last checkpoint of a witness', () => {
  it('is told with the signatures of both, and what the witness knows is asked for no more', async () => {
    await witness.cosign(Buffer.from(log.requestOf(0, 13)))
    const remote = connectTo(url)
    expect(await readLatest(remote, log.identity)).toMatchObject({
      kind: 'found',
      checkpoint: { origin: log.identity.origin, size: 13 },
      cosignatures: [{ name: 'example.org/witness' }],
    })
    const submission = submit(20)
    expect(await askWitness(remote, submission)).toMatchObject({ kind: 'cosigned' })
    expect(submission.proofs).toEqual([13])
    expect(answers).toEqual([200])
  })

  it('is none as long as it cosigned nothing', async () => {
    expect(await readLatest(connectTo(url), log.identity)).toEqual({ kind: 'none' })
  })

  const stranger = parseSkey(generateSkey('example.org/witness', COSIGNATURE_V1))
  const strangeLog = simulateLog()
  const otherLog = simulateLog('example.org/other')
  const signedBy = (checkpoint: string, key = witness.key) => {
    const text = checkpoint.slice(0, checkpoint.indexOf('\n\n') + 1)
    return `${checkpoint}${formatSignature(
      signText(
        text,
        cosigner(key, () => COSIGNED_AT),
      ),
    )}`
  }

  it.each<[string, () => string, number?]>([
    ['has no cosignature', () => log.checkpointOf(13)],
    ['has the cosignature of another', () => signedBy(log.checkpointOf(13), stranger)],
    ['has the cosignature of another size', () => signedBy(log.checkpointOf(13)).replace('\n13\n', '\n12\n')],
    ['was not signed by the log', () => signedBy(strangeLog.checkpointOf(13))],
    ['is of another log', () => signedBy(otherLog.checkpointOf(13))],
    ['is no checkpoint', () => '<html>'],
    ['comes with an error', () => signedBy(log.checkpointOf(13)), 500],
  ])('is not believed when it %s', async (_, note, status = 200) => {
    const address = await pretend((_request, response) => void response.writeHead(status).end(note()))
    const remote = connectTo(address)
    expect(await readLatest(remote, log.identity)).toMatchObject({ kind: 'unreachable' })
    expect(remote.knownSize).toBe(0)
  })
})

describe('a witness is unreachable, whichever way it is asked,', () => {
  const both = async (address: string) => {
    const startedAt = performance.now()
    const remote = connectTo(address, 500)
    const outcomes = [await askWitness(remote, submit(7)), await readLatest(remote, log.identity)]
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    return outcomes.map(kindOf)
  }
  const NEITHER = ['unreachable', 'unreachable']
  const BOMB = gzipSync(Buffer.alloc(5_000_000, '\n'))

  it('when nobody listens', async () => {
    expect(await both('http://127.0.0.1:1')).toEqual(NEITHER)
    expect(await both('https://127.0.0.1:1/witness')).toEqual(NEITHER)
  })

  it.each<[string, RequestListener]>([
    ['never answers', () => undefined],
    ['never ends its answer', (_, response) => void response.writeHead(200).write('— ')],
    [
      'answers one byte after the other',
      (_, response) => {
        response.writeHead(200)
        const timer = setInterval(() => response.write('x'), 20)
        response.once('close', () => clearInterval(timer))
      },
    ],
    [
      'says too much in few bytes',
      (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(BOMB),
    ],
    ['hangs up', (_, response) => void response.destroy()],
    [
      'hangs up in the middle',
      (_, response) => void response.writeHead(200).write('—', () => response.destroy()),
    ],
    ['sends elsewhere', (_, response) => void response.writeHead(307, { location: url }).end()],
    ['says what is no text', (_, response) => void response.writeHead(200).end(Buffer.from([0xff]))],
  ])('when it %s', async (_, listener) => {
    expect(await both(await pretend(listener))).toEqual(NEITHER)
  })

  it('when it says more than an answer can be, of which not all is read', async () => {
    const remote = connectTo(
      await pretend((_, response) => {
        const flood = () => {
          while (response.write(Buffer.alloc(65_536, 'x')));
        }
        response.on('drain', flood)
        flood()
      }),
    )
    const tooLong = {
      kind: 'unreachable',
      error: { fault: 'malformed', message: expect.stringMatching('too long') },
    }
    expect(await askWitness(remote, submit(7))).toMatchObject(tooLong)
    expect(await readLatest(remote, log.identity)).toMatchObject(tooLong)
  })

  const text = () => log.checkpointOf(7).slice(0, log.checkpointOf(7).indexOf('\n\n') + 1)
  it.each<[string, () => string]>([
    [
      'a signature over another text',
      () =>
        formatSignature(
          signText(
            `${text()}more\n`,
            cosigner(witness.key, () => 1),
          ),
        ),
    ],
    [
      'the signature of another witness',
      () =>
        formatSignature(
          signText(
            text(),
            cosigner(parseSkey(generateSkey('example.org/witness', COSIGNATURE_V1)), () => 1),
          ),
        ),
    ],
    ['nothing', () => ''],
    ['the checkpoint back', () => log.checkpointOf(7)],
  ])('when it answers with %s', async (_, answer) => {
    const address = await pretend((request, response) => {
      request.resume()
      response.writeHead(200).end(answer())
    })
    expect(await askWitness(connectTo(address), submit(7))).toMatchObject({
      kind: 'unreachable',
      error: { name: 'TlogError' },
    })
  })
})

it.each([
  ['no key', 'example.org/witness'],
  ['the key of a log', formatVkey(parseSkey(generateSkey('example.org/log', ED25519)))],
])('a witness is not named by %s', (_, vkey) => {
  expect(() => connectWitness({ url: 'https://witness.invalid', vkey })).toThrow(
    expect.objectContaining({ code: 'invalid-settings' }),
  )
})

it('what the log puts to a witness is its own checkpoint', async () => {
  const submission = { ...submit(7), checkpoint: 'not a checkpoint' }
  await expect(askWitness(connectTo(url), submission)).rejects.toMatchObject({ fault: 'malformed' })
})
