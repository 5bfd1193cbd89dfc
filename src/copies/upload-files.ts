import { createHash } from 'node:crypto'
import { createReadStream, mkdirSync } from 'node:fs'
import { type FileHandle, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Id } from '../observability/id.ts'
import { isDiskFull } from '../observability/write-errors.ts'
import { AppError } from '../platform/errors.ts'
import { MEBIBYTE } from '../platform/units.ts'

/** A PDF names itself within its first kilobyte. */
export const HEADER_WINDOW = 1_024

/** The bytes of uploads that are not whole yet, each in a file named by its random id, which only we may read. */
export type UploadFiles = {
  readonly pathOf: (uploadId: Id) => string
  create(uploadId: Id): Promise<void>
  /** How many bytes are there; undefined when there is no file. The size of the file is the only truth about it. */
  sizeOf(uploadId: Id): Promise<number | undefined>
  /**
   * Writes what arrives from `offset` on and returns where it ended, durably. What has arrived stays, also when the
   * stream breaks. Throws `not-a-pdf` as soon as that is clear, `storage-full`.
   */
  append(uploadId: Id, offset: number, content: AsyncIterable<Buffer>): Promise<number>
  /** Throws `not-a-pdf` unless the beginning is that of a PDF. */
  assertPdf(uploadId: Id): Promise<void>
  /** Hashes the whole, in pieces, so that other requests are served meanwhile. */
  hash(uploadId: Id): Promise<string>
  remove(uploadId: Id): Promise<void>
}

export function openUploadFiles(directory: string): UploadFiles {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const pathOf = (uploadId: Id) => join(directory, uploadId)

  async function assertPdf(uploadId: Id): Promise<void> {
    const file = await open(pathOf(uploadId), 'r')
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_WINDOW), 0, HEADER_WINDOW, 0)
      if (!isPdf(buffer.subarray(0, bytesRead))) throw notAPdf()
    } finally {
      await file.close()
    }
  }

  return {
    pathOf,
    create: async (uploadId) => (await open(pathOf(uploadId), 'wx', 0o600)).close(),
    sizeOf: async (uploadId) => {
      const found = await stat(pathOf(uploadId)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
      return found?.size
    },
    append: async (uploadId, offset, content) => {
      const file = await open(pathOf(uploadId), 'r+')
      let end = offset
      try {
        try {
          for await (const chunk of content) {
            await writeAll(file, chunk, end)
            const isHeadThere = end < HEADER_WINDOW && end + chunk.length >= HEADER_WINDOW
            end += chunk.length
            if (isHeadThere) await assertPdf(uploadId)
          }
        } finally {
          // Some disks say only here that there was no room.
          await file.sync()
        }
        return end
      } catch (error) {
        throw isDiskFull(error) ? storageFull(error) : error
      } finally {
        await file.close()
      }
    },
    assertPdf,
    hash: async (uploadId) => {
      const hash = createHash('sha256')
      const content = createReadStream(pathOf(uploadId), { highWaterMark: MEBIBYTE })
      for await (const chunk of content) hash.update(chunk)
      return hash.digest('hex')
    },
    remove: (uploadId) => rm(pathOf(uploadId), { force: true }),
  }
}

/** The system may write less than it was given. */
async function writeAll(file: FileHandle, chunk: Buffer, position: number): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, done, chunk.length - done, position + done)
    done += bytesWritten
  }
}

export function isPdf(head: Buffer): boolean {
  return head.subarray(0, HEADER_WINDOW).includes('%PDF-')
}

export function notAPdf(): AppError {
  return new AppError('not-a-pdf', { title: 'The file is not a PDF.' })
}

function storageFull(cause: unknown): AppError {
  return new AppError('storage-full', {
    title: 'The disk is full; what has arrived until now is kept.',
    retryable: true,
    cause,
  })
}
