import { closeSync, fsyncSync, linkSync, openSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { faultPoint } from './fault-points.ts'
import { loadKeyFile } from './key-files.ts'

/** A key that waits to take the place of another. */
export type StagedKey = {
  readonly text: string
  /** It was left by a rotation that broke off. */
  readonly isResumed: boolean
}

/**
 * Writes the key that is to follow `<name>.key` beside it, as `<name>.next.key`: from then on the rotation can break off
 * anywhere and be taken up again with the same key.
 */
export function stageKey(directory: string, name: string, make: () => string): StagedKey {
  let isResumed = true
  const text = loadKeyFile(directory, `${name}.next.key`, () => {
    isResumed = false
    return make()
  })
  flush(directory)
  return { text, isResumed }
}

/**
 * Puts the staged key in the place of `<name>.key`, which stays as `<name>.<oldId>.old.key`. There is a key under that
 * name at every moment, and none is ever lost.
 */
export function putStagedKey(directory: string, name: string, oldId: string): void {
  const pathOf = (file: string) => join(directory, file)
  linkOnce(pathOf(`${name}.key`), pathOf(`${name}.${oldId}.old.key`))
  flush(directory)
  faultPoint('rotate.linked')
  renameSync(pathOf(`${name}.next.key`), pathOf(`${name}.key`))
  flush(directory)
}

/** A rotation that broke off has made the link already. */
function linkOnce(path: string, link: string): void {
  try {
    linkSync(path, link)
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST'
    if (!isThere || !readFileSync(path).equals(readFileSync(link))) throw error
  }
}

/** Makes the names in the folder durable. */
function flush(directory: string): void {
  const folder = openSync(directory, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
