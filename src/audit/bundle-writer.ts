import { createHash, hash } from 'node:crypto'
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { flushFolder } from '../platform/durable-file.ts'
import { AppError } from '../platform/errors.ts'

/** A text that is written bit by bit. */
export type GrowingFile = { append(text: string): Promise<void> }

export type BundleWriter = {
  write(name: string, text: string): Promise<void>
  /** Writes a file while `fill` runs. */
  grow(name: string, fill: (file: GrowingFile) => Promise<void>): Promise<void>
}

/**
 * Makes a folder (0700, files 0600) that is there whole or not at all, with the hashes of its files in `SHA256SUMS`.
 * Throws `file-not-written` when `directory` is there already or cannot be made, and what `fill` throws.
 */
export async function writeBundle(
  directory: string,
  fill: (bundle: BundleWriter) => Promise<void>,
): Promise<void> {
  const fresh = `${directory}.${process.pid}.new`
  await orNotWritten(mkdir(fresh, { mode: 0o700 }))
  try {
    const sums = new Map<string, string>()
    await fill(bundleIn(fresh, sums))
    const lines = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, sum]) => `${sum}  ${name}\n`)
    await writeFile(join(fresh, 'SHA256SUMS'), lines.join(''), { mode: 0o600 })
    // A name that is taken by a folder with something in it is not replaced; an empty one would be.
    await orNotWritten(mkdir(directory, { mode: 0o700 }))
    await rename(fresh, directory)
    await flushFolder(dirname(directory))
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

function bundleIn(folder: string, sums: Map<string, string>): BundleWriter {
  return {
    write: async (name, text) => {
      await mkdir(dirname(join(folder, name)), { recursive: true, mode: 0o700 })
      await writeFile(join(folder, name), text, { mode: 0o600 })
      sums.set(name, hash('sha256', text))
    },
    grow: async (name, fill) => {
      const sum = createHash('sha256')
      const file = await open(join(folder, name), 'w', 0o600)
      try {
        await fill({
          append: async (text) => {
            sum.update(text)
            await file.appendFile(text)
          },
        })
      } finally {
        await file.close()
      }
      sums.set(name, sum.digest('hex'))
    },
  }
}

async function orNotWritten(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (cause) {
    throw new AppError('file-not-written', {
      title: 'The folder of --to cannot be made, or is there already: nothing is replaced.',
      cause,
    })
  }
}
