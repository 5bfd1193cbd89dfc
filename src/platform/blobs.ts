import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { copyFile, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { isDiskFull } from '../observability/write-errors.ts'
import { systemClock } from './clock.ts'
import { AppError } from './errors.ts'
import { removeLeftovers } from './leftovers.ts'
import { DAY } from './units.ts'

export type StoredBlob = { readonly sha256: string; readonly sizeBytes: number }

/** Asked with the names of stored contents; answers with those that nothing refers to. */
export type FindUnused = (hashes: readonly string[]) => Promise<readonly string[]>

/** A store of immutable contents named by their SHA-256. The interface knows no paths, so that it can live elsewhere. */
export type Blobs = {
  /**
   * Stores a stream durably and returns its name. `verify` runs on the whole before it gets its name; when it or the
   * stream throws, nothing is kept. Throws `storage-full` when the disk is.
   */
  put(content: AsyncIterable<Buffer>, verify?: () => void | Promise<void>): Promise<StoredBlob>
  /** Stores the content of a local file, as `put` does. Throws the system's error when the file is not there. */
  putFile(path: string): Promise<StoredBlob>
  /**
   * Takes over a whole local file that has this hash, by moving it here, durably; again, it finds it here and counts it
   * as stored just now. Throws `blob-missing` when it is neither there nor here.
   */
  adopt(path: string, sha256: string): Promise<void>
  /** The content as a stream. Throws `blob-missing`. */
  read(sha256: string): Promise<{ readonly content: Readable; readonly sizeBytes: number }>
  /** Lends the content as a local file, read-only, for programs that need one. Throws `blob-missing`. */
  withLocalFile<T>(sha256: string, work: (path: string) => Promise<T>): Promise<T>
  /** Size of a content in bytes; undefined when it is not stored. */
  sizeOf(sha256: string): Promise<number | undefined>
  /**
   * Removes a content that nobody names, unless it was stored again since `storedBefore`: then somebody may be about to
   * name it. Tells whether it is gone.
   */
  remove(sha256: string, storedBefore: Date): Promise<boolean>
  /**
   * Removes what interrupted work left behind more than `ageMs` (a day) ago: half-written contents, and whole ones that
   * `findUnused` says nobody names. Returns how many.
   */
  sweep(findUnused: FindUnused, ageMs?: number): Promise<number>
}

const HASH = /^[0-9a-f]{64}$/

/** A store on the local disk: `<directory>/ab/<sha256>`, written under another name, flushed, then renamed. */
export function openDiskBlobs(directory: string): Blobs {
  const incoming = join(directory, 'incoming')
  mkdirSync(incoming, { recursive: true, mode: 0o700 })
  const pathOf = (sha256: string) => join(directory, sha256.slice(0, 2), sha256)

  async function getSize(sha256: string): Promise<number> {
    return (await stat(pathOf(sha256)).catch(missing)).size
  }
  const findStats = (sha256: string) =>
    stat(pathOf(sha256)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })

  async function put(
    content: AsyncIterable<Buffer>,
    verify?: () => void | Promise<void>,
  ): Promise<StoredBlob> {
    const temporary = join(incoming, randomUUID())
    try {
      const stored = await writeHashing(temporary, content)
      await verify?.()
      await keep(temporary, pathOf(stored.sha256))
      return stored
    } catch (error) {
      await rm(temporary, { force: true })
      if (isDiskFull(error)) {
        throw new AppError('storage-full', {
          title: 'The disk is full; nothing was stored.',
          retryable: true,
          cause: error,
        })
      }
      throw error
    }
  }

  return {
    put,
    putFile: async (path) => {
      // Opened before it becomes a stream: one that fails while nobody listens yet ends the process.
      const file = await open(path)
      try {
        return await put(file.createReadStream({ autoClose: false }))
      } finally {
        await file.close()
      }
    },
    adopt: async (path, sha256) => {
      const target = pathOf(sha256)
      const isThere = await touch(path)
      if (!isThere && !(await touch(target))) {
        throw new AppError('blob-missing', { title: 'A stored file is missing.' })
      }
      if (isThere) await move(path, target, join(incoming, randomUUID()))
    },
    read: async (sha256) => {
      const file = await open(pathOf(sha256)).catch(missing)
      return { content: file.createReadStream(), sizeBytes: (await file.stat()).size }
    },
    withLocalFile: async (sha256, work) => {
      await getSize(sha256)
      return work(pathOf(sha256))
    },
    sizeOf: async (sha256) => (await findStats(sha256))?.size,
    remove: async (sha256, storedBefore) => {
      const found = await findStats(sha256)
      if (found && found.mtime > storedBefore) return false
      await rm(pathOf(sha256), { force: true })
      return true
    },
    sweep: async (findUnused, ageMs = 1 * DAY) => {
      let removed = await removeLeftovers(incoming, ageMs)
      for (const folder of (await readdir(directory)).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
        const hashes = (await readdir(join(directory, folder))).filter((name) => HASH.test(name))
        const unused = new Set(hashes.length > 0 ? await findUnused(hashes) : [])
        // A content that is being stored again meanwhile is young once more, and stays.
        removed += await removeLeftovers(join(directory, folder), ageMs, (name) => unused.has(name))
      }
      return removed
    },
  }
}

function missing(cause: unknown): never {
  throw new AppError('blob-missing', { title: 'A stored file is missing.', cause })
}

/** Writes through the file handle: a stream made from it was seen never to settle when told not to close it. */
async function writeHashing(path: string, content: AsyncIterable<Buffer>): Promise<StoredBlob> {
  const file = await open(path, 'wx', 0o600)
  try {
    const hash = createHash('sha256')
    let sizeBytes = 0
    for await (const chunk of content) {
      hash.update(chunk)
      await file.writeFile(chunk)
      sizeBytes += chunk.length
    }
    await file.sync()
    return { sha256: hash.digest('hex'), sizeBytes }
  } finally {
    await file.close()
  }
}

/** Gives the file its name and makes the name durable. Writing the same content again replaces it by itself. */
async function keep(temporary: string, path: string): Promise<void> {
  const folder = join(path, '..')
  const isNew = (await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined
  await rename(temporary, path)
  await flush(folder)
  // A new folder is itself a name that a power cut could take away.
  if (isNew) await flush(join(folder, '..'))
}

/** Makes a file young, so that no sweep takes it; tells whether it is there. */
async function touch(path: string): Promise<boolean> {
  const now = systemClock.now()
  try {
    await utimes(path, now, now)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** Moves a whole file to its name; from another disk by way of `temporary`, since only a rename happens at once. */
async function move(path: string, target: string, temporary: string): Promise<void> {
  try {
    await flush(path)
    await keep(path, target)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    await copyFile(path, temporary)
    await flush(temporary)
    await keep(temporary, target)
    await rm(path, { force: true })
  }
}

/** Makes a file's content, or a folder's names, survive a power cut. */
async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
