import { hash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { loadKeyFile, newKeyText, parseKeyText } from './key-files.ts'
import { SECOND } from './units.ts'

export type RingKey = {
  /** Eight hexadecimal digits: the first four bytes of the key's SHA-256. */
  readonly id: string
  readonly key: Buffer
}

/** A key that is replaced from time to time, and the ones before it, which still open and check what they made. */
export type KeyRing = {
  /** The key to use for something new. */
  readonly current: RingKey
  /** Any key of the ring. One that is unknown is looked for in the folder, where another process may have put it. */
  find(id: string): RingKey | undefined
}

/** Bounds what ids that belong to no key cost. */
const LOOK_AGAIN_MS = 1 * SECOND

/**
 * Reads `<name>.key`, made when missing, and the keys before it, `<name>.<id>.old.key`.
 * Throws `keys-readable-by-others`, `keys-unusable`.
 */
export function loadKeyRing(directory: string, name: string): KeyRing {
  let { current, keys } = readRing(directory, name)
  let readAt = performance.now()
  return {
    get current() {
      return current
    },
    find: (id) => {
      if (!keys.has(id) && performance.now() - readAt > LOOK_AGAIN_MS) {
        ;({ current, keys } = readRing(directory, name))
        readAt = performance.now()
      }
      return keys.get(id)
    },
  }
}

/** A ring of one key, for tests and for what holds no folder. */
export function ringOf(key: Buffer): KeyRing {
  const only = ringKey(key)
  return { current: only, find: (id) => (id === only.id ? only : undefined) }
}

function readRing(directory: string, name: string) {
  const read = (file: string) => ringKey(parseKeyText(loadKeyFile(directory, file, newKeyText), file))
  const current = read(`${name}.key`)
  const isOld = (file: string) => file.startsWith(`${name}.`) && file.endsWith('.old.key')
  const old = readdirSync(directory).filter(isOld).map(read)
  return { current, keys: new Map([...old, current].map((key) => [key.id, key])) }
}

function ringKey(key: Buffer): RingKey {
  return { id: hash('sha256', key).slice(0, 8), key }
}
