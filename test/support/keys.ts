import { randomBytes } from 'node:crypto'
import { ringOf } from '../../src/platform/key-ring.ts'
import type { Keys } from '../../src/platform/keys.ts'

/** Keys of an installation that has no folder. */
export function makeKeys(): Keys {
  return {
    sessionSecret: randomBytes(32).toString('base64url'),
    sealing: randomBytes(32),
    mac: ringOf(randomBytes(32)),
    master: ringOf(randomBytes(32)),
  }
}
