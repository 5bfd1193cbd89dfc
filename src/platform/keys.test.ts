import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { makeKeys } from '../../test/support/keys.ts'
import { reveal, Sensitive } from '../observability/sensitive.ts'
import { type Keys, loadKeys, operatorRef, seal, unseal } from './keys.ts'

const root = mkdtempSync(join(tmpdir(), 'paraph-keys-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let directory: string
/** Functions of two rings are never equal. */
const textOf = (keys: Keys) => JSON.stringify(keys)
let count = 0
beforeEach(() => {
  count += 1
  directory = join(root, String(count))
})

describe('the keys of an installation', () => {
  test('are made once, for their owner only, and found again', () => {
    const made = loadKeys(directory)
    expect(textOf(loadKeys(directory))).toEqual(textOf(made))
    expect(made.sealing).toHaveLength(32)
    expect(Buffer.from(made.sessionSecret, 'base64url')).toHaveLength(32)
    expect(made.sessionSecret).not.toBe(made.sealing.toString('base64url'))
    expect(readdirSync(directory).sort()).toEqual(['mac.key', 'master.key', 'sealing.key', 'session.key'])
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    expect(readdirSync(directory).map((name) => statSync(join(directory, name)).mode & 0o777)).toEqual(
      Array(4).fill(0o600),
    )
  })

  test('of two installations are different', () => {
    expect(textOf(loadKeys(directory))).not.toEqual(textOf(loadKeys(`${directory}-other`)))
  })

  test('are the same for processes that start together', async () => {
    const script = `
      import { loadKeys } from ${JSON.stringify(join(import.meta.dirname, 'keys.ts'))}
      await new Promise((resolve) => process.stdin.once('data', resolve))
      const keys = loadKeys(${JSON.stringify(directory)})
      process.stdout.write(keys.sessionSecret + keys.sealing.toString('base64'))
      process.exit()`
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] }),
    )
    for (const child of children) child.stdin.write('go')
    const seen = await Promise.all(children.map((child) => text(child.stdout)))
    expect(new Set(seen).size).toBe(1)
    expect(seen[0]?.length).toBeGreaterThan(80)
    expect(readdirSync(directory).sort()).toEqual(['mac.key', 'master.key', 'sealing.key', 'session.key'])
  })

  test.each([0o750, 0o705])('are refused in a folder that others can enter (%i)', (mode) => {
    mkdirSync(directory)
    chmodSync(directory, mode)
    expect(() => loadKeys(directory)).toThrow(expect.objectContaining({ code: 'keys-readable-by-others' }))
    expect(readdirSync(directory)).toEqual([])
  })

  test('are refused when others can read a file', () => {
    loadKeys(directory)
    chmodSync(join(directory, 'sealing.key'), 0o640)
    expect(() => loadKeys(directory)).toThrow(expect.objectContaining({ code: 'keys-readable-by-others' }))
  })

  test.each(['', 'not a key', randomBytes(31).toString('base64'), randomBytes(33).toString('base64')])(
    'are never made anew over a file that is not a key (%#)',
    (content) => {
      loadKeys(directory)
      writeFileSync(join(directory, 'session.key'), content)
      expect(() => loadKeys(directory)).toThrow(expect.objectContaining({ code: 'keys-unusable' }))
    },
  )

  test('may end with the newline of an editor', () => {
    const made = loadKeys(directory)
    writeFileSync(join(directory, 'sealing.key'), `${made.sealing.toString('base64')}\n`)
    expect(textOf(loadKeys(directory))).toEqual(textOf(made))
  })
})

describe('a sealed value', () => {
  const keys = makeKeys()
  const unreadable = expect.objectContaining({ code: 'sealed-value-unreadable' })

  test('opens to what it was, whatever it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, purpose) => {
        const given: unknown = JSON.parse(JSON.stringify(value))
        expect(reveal(unseal(keys, purpose, seal(keys, purpose, value)), 'unseal')).toEqual(given)
      }),
      { numRuns: 200 },
    )
  })

  test('does not show its content, nor that two contents are the same', () => {
    const first = reveal(seal(keys, 'file-name', 'Zoé.pdf'), 'unseal')
    const second = reveal(seal(keys, 'file-name', 'Zoé.pdf'), 'unseal')
    expect(first.equals(second)).toBe(false)
    expect(first.includes('.pdf')).toBe(false)
  })

  test('does not open under another purpose or with another key', () => {
    const sealed = seal(keys, 'file-name:1', 'Zoé.pdf')
    expect(() => unseal(keys, 'file-name:2', sealed)).toThrow(unreadable)
    expect(() => unseal({ ...keys, sealing: randomBytes(32) }, 'file-name:1', sealed)).toThrow(unreadable)
  })

  test('does not open when one bit of it has changed, or its end is missing', () => {
    const sealed = reveal(seal(keys, 'p', { name: 'Zoé' }), 'unseal')
    for (let index = 0; index < sealed.length; index += 1) {
      const altered = Buffer.from(sealed)
      altered[index] = (altered[index] ?? 0) ^ 1
      expect(() => unseal(keys, 'p', new Sensitive(altered))).toThrow(unreadable)
      expect(() => unseal(keys, 'p', new Sensitive(sealed.subarray(0, index)))).toThrow(unreadable)
    }
  })
})

test('the operator’s reference is a UUID, the same for an account each time, another for another and elsewhere', () => {
  const keys = { ...makeKeys(), sealing: Buffer.alloc(32, 1) }
  const ref = operatorRef(keys, 1000)
  expect(ref).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(operatorRef(keys, 1000)).toBe(ref)
  expect(operatorRef(keys, 1001)).not.toBe(ref)
  expect(operatorRef({ ...keys, sealing: Buffer.alloc(32, 2) }, 1000)).not.toBe(ref)
})
