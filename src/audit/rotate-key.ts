import { type Database, inTransaction } from '../platform/database.ts'
import { faultPoint } from '../platform/fault-points.ts'
import { newKeyText, parseKeyText } from '../platform/key-files.ts'
import { loadKeyRing, ringOf } from '../platform/key-ring.ts'
import { putStagedKey, stageKey } from '../platform/key-rotation.ts'
import type { AppendEvent } from './append.ts'
import { takeSystemPosition } from './append-store.ts'
import { loadOwnLog, newLogKeyText, parseLogKeyText } from './log-key.ts'
import { isRotationRecorded } from './rotate-key-store.ts'
import type { RotatedKey } from './rotated-keys.ts'

type RotateDeps = {
  readonly db: Database
  readonly appendEvent: AppendEvent
  readonly keysDirectory: string
}

export type Rotation = {
  /** Of the key that is in place now. */
  readonly keyId: string
  readonly oldKeyId: string
  /** Whether a rotation that had broken off was ended, instead of another one made. */
  readonly isResumed: boolean
}

/**
 * Puts a new key in the place of `<key>.key`; the old one stays beside it, for what it made. The event comes before the
 * key: one that breaks off is ended by the next. Event: `ROTATE_KEY` of the system. Files: `<key>.key`,
 * `<key>.<id>.old.key`. Throws `keys-unusable`, `keys-readable-by-others`.
 */
export async function rotateKey(deps: RotateDeps, key: RotatedKey): Promise<Rotation> {
  const { keysDirectory } = deps
  const { oldKeyId, make, idOf } =
    key === 'log' ? describeLogKey(keysDirectory) : describeKey(keysDirectory, key)
  const { text, isResumed } = stageKey(keysDirectory, key, make)
  const keyId = idOf(text)
  faultPoint('rotate.staged')
  await record(deps, key, keyId)
  faultPoint('rotate.recorded')
  putStagedKey(keysDirectory, key, oldKeyId)
  return { keyId, oldKeyId, isResumed }
}

function describeKey(directory: string, key: 'mac' | 'master') {
  return {
    oldKeyId: loadKeyRing(directory, key).current.id,
    make: newKeyText,
    idOf: (text: string) => ringOf(parseKeyText(text, `${key}.next.key`)).current.id,
  }
}

function describeLogKey(directory: string) {
  const { origin, verifiers } = loadOwnLog(directory)
  return {
    oldKeyId: toHex(verifiers[0]?.keyId ?? 0),
    make: () => newLogKeyText(origin),
    idOf: (text: string) => toHex(parseLogKeyText(text, 'log.next.key').id),
  }
}

function toHex(keyId: number): string {
  return keyId.toString(16).padStart(8, '0')
}

async function record({ db, appendEvent }: RotateDeps, key: RotatedKey, keyId: string): Promise<void> {
  await inTransaction(db, async (tx) => {
    if (await isRotationRecorded(tx, keyId)) return
    const stream = await takeSystemPosition(tx)
    await appendEvent(tx, { action: 'ROTATE_KEY', stream, metadata: { key, key_id: keyId } })
  })
}
