import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { makeWitnessFolder, removeWitnessFolders } from '../../test/support/witness-room.ts'
import { COSIGNATURE_V1, ED25519, formatVkey, generateSkey, parseSkey } from './tlog/note-key.ts'
import { loadWitnessKey } from './witness-key.ts'

let keys: string
beforeEach(() => {
  keys = join(makeWitnessFolder(), 'keys')
})
afterAll(removeWitnessFolders)

const file = () => join(keys, 'witness.key')
const write = (text: string) => {
  mkdirSync(keys, { mode: 0o700 })
  writeFileSync(file(), text, { mode: 0o600 })
}

describe('the key of a witness', () => {
  it('is made once, under a name that nobody else has, for its owner alone', () => {
    const key = loadWitnessKey(keys)
    expect(key).toMatchObject({
      type: COSIGNATURE_V1,
      name: expect.stringMatching(/^witness\.invalid\/[0-9a-f]{16}$/),
    })
    expect(formatVkey(loadWitnessKey(keys))).toBe(formatVkey(key))
    expect(formatVkey(parseSkey(readFileSync(file(), 'utf8').trimEnd()))).toBe(formatVkey(key))
    expect([keys, file()].map((path) => (statSync(path).mode & 0o777).toString(8))).toEqual(['700', '600'])
  })

  it('keeps the name that it was made with', () => {
    expect(loadWitnessKey(keys, 'example.org/witness').name).toBe('example.org/witness')
    expect(loadWitnessKey(keys).name).toBe('example.org/witness')
    expect(() => loadWitnessKey(keys, 'example.org/other')).toThrow(
      expect.objectContaining({ code: 'invalid-settings' }),
    )
  })

  it.each(['', 'a witness', 'a+b', 'tab\t'])('is not made under a name that is none: %j', (name) => {
    expect(() => loadWitnessKey(keys, name)).toThrow(expect.objectContaining({ code: 'invalid-settings' }))
    expect(statSync(keys, { throwIfNoEntry: false })).toBeUndefined()
  })

  it.each([
    ['nothing', ''],
    ['another text', 'PRIVATE+KEY+example.org'],
    ['the key of a log', `${generateSkey('example.org/log', ED25519)}\n`],
    [
      'a key with another id',
      generateSkey('example.org/witness', COSIGNATURE_V1).replace(/\+[0-9a-f]{8}\+/, '+00000000+'),
    ],
  ])('is refused, and not replaced, when its file holds %s', (_, text) => {
    write(text)
    expect(() => loadWitnessKey(keys)).toThrow(expect.objectContaining({ code: 'keys-unusable' }))
    expect(readFileSync(file(), 'utf8')).toBe(text)
  })

  it('is refused when others can read it', () => {
    loadWitnessKey(keys)
    chmodSync(file(), 0o640)
    expect(() => loadWitnessKey(keys)).toThrow(expect.objectContaining({ code: 'keys-readable-by-others' }))
  })
})
