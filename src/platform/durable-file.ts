import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Gives a file this text (0600), whole or not at all; once it resolves, a power cut does not bring the former text
 * back. For one writer at a time. Throws the error of the system.
 */
export async function writeDurably(path: string, text: string): Promise<void> {
  await replaceFile(path, text)
  await flushFolder(dirname(path))
}

/** The same, except that its name is durable only when `flushFolder` has run: for many files at once. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const fresh = `${path}.new`
  try {
    const file = await open(fresh, 'w', 0o600)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(fresh, path)
  } catch (error) {
    // What was begun takes up room on a disk that may be full; why it failed matters more than whether this works.
    await rm(fresh, { force: true }).catch(() => undefined)
    throw error
  }
}

/** Makes the names in a folder durable. */
export async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
