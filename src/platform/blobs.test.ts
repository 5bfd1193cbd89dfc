import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { type Blobs, openDiskBlobs } from './blobs.ts'
import { AppError } from './errors.ts'
import { HOUR } from './units.ts'

const root = mkdtempSync(join(tmpdir(), 'paraph-blobs-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let directory: string
let blobs: Blobs
let count = 0
beforeEach(() => {
  count += 1
  directory = join(root, String(count))
  blobs = openDiskBlobs(directory)
})

const streamOf = (...parts: (string | Buffer)[]) => Readable.from(parts.map((part) => Buffer.from(part)))
const sha256Of = (content: string | Buffer) => createHash('sha256').update(content).digest('hex')
const incoming = () => readdirSync(join(directory, 'incoming'))
const pathOf = (sha256: string) => join(directory, sha256.slice(0, 2), sha256)
async function* failingAfter(part: string, error: unknown) {
  yield Buffer.from(part)
  throw error
}

test('a content is named by its SHA-256 and read back as it was', async () => {
  const content = Buffer.alloc(3_000_000, 'abcdefg')
  const stored = await blobs.put(streamOf(content.subarray(0, 7), content.subarray(7)))
  expect(stored).toEqual({ sha256: sha256Of(content), sizeBytes: 3_000_000 })
  const { content: stream, sizeBytes } = await blobs.read(stored.sha256)
  expect(sizeBytes).toBe(3_000_000)
  expect(content.equals(await buffer(stream))).toBe(true)
  expect(incoming()).toEqual([])
})

test('an empty content is a content', async () => {
  const stored = await blobs.put(streamOf())
  expect(stored).toEqual({ sha256: sha256Of(''), sizeBytes: 0 })
  expect(await buffer((await blobs.read(stored.sha256)).content)).toHaveLength(0)
})

test('a content is removed by its name, and its size is known until then', async () => {
  const { sha256 } = await blobs.put(streamOf('forgotten'))
  const other = await blobs.put(streamOf('kept'))
  expect(await blobs.sizeOf(sha256)).toBe(9)
  expect(await blobs.remove(sha256, new Date(Date.now() + HOUR))).toBe(true)
  expect(await blobs.sizeOf(sha256)).toBeUndefined()
  expect(existsSync(pathOf(sha256))).toBe(false)
  expect(await blobs.sizeOf(other.sha256)).toBe(4)
  // What is gone is gone, whoever removed it.
  expect(await blobs.remove(sha256, new Date(0))).toBe(true)
})

test('a content that was stored again meanwhile is not removed', async () => {
  const { sha256 } = await blobs.put(streamOf('forgotten'))
  utimesSync(pathOf(sha256), new Date(0), new Date(0))
  const storedBefore = new Date(HOUR)
  await blobs.put(streamOf('forgotten'))
  expect(await blobs.remove(sha256, storedBefore)).toBe(false)
  expect(await blobs.sizeOf(sha256)).toBe(9)
})

test('nobody but the owner can read a content or list the store', async () => {
  const { sha256 } = await blobs.put(streamOf('private'))
  expect(statSync(pathOf(sha256)).mode & 0o777).toBe(0o600)
  for (const folder of [directory, join(directory, 'incoming'), join(pathOf(sha256), '..')]) {
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  }
})

test('the same content twice, even at once, is stored once', async () => {
  const names = await Promise.all(Array.from({ length: 8 }, () => blobs.put(streamOf('the same', ' page'))))
  expect(new Set(names.map((name) => name.sha256)).size).toBe(1)
  expect(readdirSync(join(pathOf(sha256Of('the same page')), '..'))).toEqual([sha256Of('the same page')])
  expect(incoming()).toEqual([])
})

test('a content that its check refuses is not kept', async () => {
  const refusal = new AppError('not-a-pdf', { title: 'no' })
  const put = blobs.put(streamOf('refused'), () => {
    throw refusal
  })
  await expect(put).rejects.toBe(refusal)
  expect(existsSync(pathOf(sha256Of('refused')))).toBe(false)
  expect(incoming()).toEqual([])
})

test('the check sees the whole content before it has its name', async () => {
  let seen: string[] = []
  const { sha256 } = await blobs.put(streamOf('checked'), () => {
    expect(existsSync(pathOf(sha256Of('checked')))).toBe(false)
    seen = incoming().map((name) => readFileSync(join(directory, 'incoming', name), 'utf8'))
  })
  expect(seen).toEqual(['checked'])
  expect(existsSync(pathOf(sha256))).toBe(true)
})

test('a stream that breaks in the middle leaves nothing, and its error comes out', async () => {
  const broken = new Error('the connection was lost')
  await expect(blobs.put(failingAfter('half', broken))).rejects.toBe(broken)
  expect(incoming()).toEqual([])
  expect(readdirSync(directory)).toEqual(['incoming'])
})

test.each(['ENOSPC', 'EDQUOT', 'EFBIG'])(
  'a full disk (%s) is said in our words, to be tried again, and leaves nothing',
  async (code) => {
    const full = Object.assign(new Error('no space left on device, write'), { code })
    await expect(blobs.put(failingAfter('half', full))).rejects.toMatchObject({
      code: 'storage-full',
      retryable: true,
      cause: full,
    })
    expect(incoming()).toEqual([])
  },
)

test('a whole file is taken over by moving it, and again it is found here and is young', async () => {
  const path = join(root, `whole-${count}`)
  writeFileSync(path, 'whole')
  const sha256 = sha256Of('whole')
  utimesSync(path, 1, 1)
  await blobs.adopt(path, sha256)
  expect(existsSync(path)).toBe(false)
  expect(readFileSync(pathOf(sha256), 'utf8')).toBe('whole')
  expect(statSync(pathOf(sha256)).mtimeMs).toBeGreaterThan(HOUR)
  utimesSync(pathOf(sha256), 1, 1)
  await blobs.adopt(path, sha256)
  expect(statSync(pathOf(sha256)).mtimeMs).toBeGreaterThan(HOUR)
  expect(incoming()).toEqual([])
  const missing = blobs.adopt(path, sha256Of('nothing of the kind'))
  await expect(missing).rejects.toMatchObject({ code: 'blob-missing' })
})

test('a content that is not there is missing, by our word', async () => {
  const missing = sha256Of('nothing of the kind')
  await expect(blobs.read(missing)).rejects.toMatchObject({ code: 'blob-missing' })
  await expect(blobs.withLocalFile(missing, async () => 'never')).rejects.toMatchObject({
    code: 'blob-missing',
  })
})

test('a local file is stored, and one that is not there is refused in the call, not in the process', async () => {
  const path = join(root, `local-${count}`)
  writeFileSync(path, 'local')
  expect(await blobs.putFile(path)).toEqual({ sha256: sha256Of('local'), sizeBytes: 5 })
  await expect(blobs.putFile(`${path}-gone`)).rejects.toMatchObject({ code: 'ENOENT' })
  expect(incoming()).toEqual([])
})

test('a program is lent the content as a file, and what the work says or throws comes back', async () => {
  const { sha256 } = await blobs.put(streamOf('lent'))
  expect(await blobs.withLocalFile(sha256, async (path) => readFileSync(path, 'utf8'))).toBe('lent')
  const failing = blobs.withLocalFile(sha256, async () => {
    throw new Error('the program failed')
  })
  await expect(failing).rejects.toThrow('the program failed')
})

test('sweeping removes what was left behind more than a day ago, and nothing else', async () => {
  const { sha256 } = await blobs.put(streamOf('kept'))
  const ago = (hours: number) => new Date(Date.now() - hours * HOUR)
  const leave = (name: string, hours: number) => {
    const path = join(directory, 'incoming', name)
    writeFileSync(path, 'half')
    utimesSync(path, ago(hours), ago(hours))
  }
  leave('old', 25)
  leave('older', 1_000)
  leave('young', 23)
  utimesSync(pathOf(sha256), ago(1_000), ago(1_000))
  expect(await blobs.sweep(async () => [])).toBe(2)
  expect(incoming()).toEqual(['young'])
  expect(existsSync(pathOf(sha256))).toBe(true)
  expect(await blobs.sweep(async () => [])).toBe(0)
})

test('opening a store that exists changes nothing of it', async () => {
  const { sha256 } = await blobs.put(streamOf('here'))
  chmodSync(pathOf(sha256), 0o400)
  const again = openDiskBlobs(directory)
  expect((await buffer((await again.read(sha256)).content)).toString()).toBe('here')
})
