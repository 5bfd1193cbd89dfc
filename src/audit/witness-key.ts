import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../platform/errors.ts'
import { loadKeyFile, openKeyFolder } from '../platform/key-files.ts'
import { TlogError } from './tlog/errors.ts'
import { COSIGNATURE_V1, generateSkey, KEY_NAME, parseSkey, type SignerKey } from './tlog/note-key.ts'

const FILE = 'witness.key'

export function hasWitnessKey(directory: string): boolean {
  return existsSync(join(directory, FILE))
}

/**
 * The key of this machine's witness, made on the first start under `name`, by default one that nobody else has.
 * Throws `invalid-settings` for a name that is none or is not the key's, `keys-unusable`, `keys-readable-by-others`.
 */
export function loadWitnessKey(directory: string, name?: string): SignerKey {
  if (name !== undefined && !KEY_NAME.test(name)) {
    throw new AppError('invalid-settings', {
      title: 'The name of a witness has neither space nor plus (--name).',
    })
  }
  openKeyFolder(directory)
  const text = loadKeyFile(directory, FILE, () => `${generateSkey(name ?? newName(), COSIGNATURE_V1)}\n`)
  const key = parseWitnessKey(text.replace(/\n$/, ''))
  if (name !== undefined && name !== key.name) {
    throw new AppError('invalid-settings', {
      title: `The witness has a key already, under another name, which a key keeps (--name, ${FILE}).`,
    })
  }
  return key
}

function newName(): string {
  return `witness.invalid/${randomBytes(8).toString('hex')}`
}

function parseWitnessKey(text: string): SignerKey {
  try {
    const key = parseSkey(text)
    if (key.type === COSIGNATURE_V1) return key
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause
    throw notAKey(cause)
  }
  throw notAKey()
}

function notAKey(cause?: unknown): AppError {
  return new AppError('keys-unusable', {
    title: `The key file ${FILE} does not hold the key of a witness.`,
    cause,
  })
}
