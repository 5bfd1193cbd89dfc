import { loadOwnLog } from '../audit/log-key.ts'
import { rewrapStreamKeys } from '../audit/rewrap.ts'
import { rotateKey } from '../audit/rotate-key.ts'
import type { RotatedKey } from '../audit/rotated-keys.ts'
import { runInContext } from '../observability/context.ts'
import type { Config } from '../platform/config.ts'
import { newId } from '../platform/ids.ts'
import { loadKeyRing } from '../platform/key-ring.ts'
import { armFaults } from './faults.ts'
import { type Eraser, openEraser } from './open-eraser.ts'

/**
 * `paraph keys rotate`: puts a new key in the place of one, and says what to do then. For the master key, wraps the keys
 * of all streams anew, as `keys rewrap` does. Exit codes: 0 done, 1 some could not be opened. Throws what `openEraser` throws.
 */
export async function runKeysRotate(config: Config, key: RotatedKey): Promise<number> {
  if (config.faultFile) armFaults(config.faultFile)
  const { keysDirectory } = config
  const eraser = await openEraser(config)
  const { db, appendEvent } = eraser.deps
  try {
    const rotation = await runInContext({ requestId: newId(), actor: eraser.actor }, () =>
      rotateKey({ db, appendEvent, keysDirectory }, key),
    )
    const { keyId, oldKeyId, isResumed } = rotation
    print(`${isResumed ? 'ended a rotation that had broken off' : 'made a new key'}: ${key} ${keyId}`)
    print(`the old one stays for what it made: ${key}.${oldKeyId}.old.key`)
    const code = key === 'master' ? await rewrap(config, eraser) : 0
    for (const line of adviceFor(config, key)) print(line)
    return code
  } finally {
    await eraser.close()
  }
}

/** `paraph keys rewrap`: wraps the keys of streams under the current master key, as far as they are not. */
export async function runKeysRewrap(config: Config): Promise<number> {
  if (config.faultFile) armFaults(config.faultFile)
  const eraser = await openEraser(config)
  try {
    return await rewrap(config, eraser)
  } finally {
    await eraser.close()
  }
}

async function rewrap({ keysDirectory }: Config, { deps }: Eraser): Promise<number> {
  const onProgress = (done: number, of: number) =>
    process.stderr.write(`  ${done} of ${of} keys of streams\n`)
  const { done, unreadable } = await rewrapStreamKeys({
    db: deps.db,
    // Read again: the ring in hand may be that of before.
    master: loadKeyRing(keysDirectory, 'master'),
    onProgress,
  })
  print(`wrapped ${done} keys of streams under the current master key`)
  if (unreadable > 0) print(`${unreadable} are left, which no master key of this folder opens`)
  return unreadable > 0 ? 1 : 0
}

function adviceFor({ keysDirectory, logOrigin }: Config, key: RotatedKey): readonly string[] {
  const restart = 'Restart Paraph now: until then it works with the old key.'
  if (key === 'mac') return [restart]
  if (key === 'master')
    return [restart, 'Then run "paraph keys rewrap", for the keys that were made meanwhile.']
  const [vkey] = loadOwnLog(keysDirectory, logOrigin).vkeys
  return [
    restart,
    'Give auditors and witnesses the new verifier key; checkpoints carry both signatures until the next rotation:',
    `  ${vkey}`,
  ]
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
