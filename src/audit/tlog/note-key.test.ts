import { describe, expect, it } from 'vitest'
import { cosignatureVerifier, cosigner } from './cosignature.ts'
import { ed25519Signer, ed25519Verifier, openNote, signNote } from './note.ts'
import { COSIGNATURE_V1, ED25519, formatVkey, generateSkey, parseSkey, parseVkey } from './note-key.ts'

const VKEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const SKEY = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz'

/** Every part of a text that is not all of it, and every text with one character changed for the next one. */
function manglings(text: string): string[] {
  const parts = Array.from({ length: text.length }, (_, start) =>
    Array.from({ length: text.length - start }, (_, i) => text.slice(start, start + i + 1)),
  ).flat()
  const changed = Array.from(text, (character, i) => {
    const next = String.fromCharCode(character.charCodeAt(0) + 1)
    return text.slice(0, i) + next + text.slice(i + 1)
  })
  return ['', ...parts.filter((part) => part !== text), ...changed]
}

function isMalformed(work: () => unknown): boolean {
  try {
    work()
    return false
  } catch (error) {
    return (error as { fault?: string }).fault === 'malformed'
  }
}

describe('the key of a note', () => {
  it('has the id and the forms of the published examples', () => {
    expect(parseVkey(VKEY)).toMatchObject({ name: 'PeterNeumann', type: ED25519, id: 0xc74f20a3 })
    expect(formatVkey(parseSkey(SKEY))).toBe(VKEY)
    const example = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
    expect(formatVkey(parseVkey(example))).toBe(example)
  })

  it('is refused with anything left out or changed', () => {
    expect(manglings(VKEY).filter((text) => !isMalformed(() => parseVkey(text)))).toEqual([])
    expect(manglings(SKEY).filter((text) => !isMalformed(() => parseSkey(text)))).toEqual([])
  })

  it.each([
    ['of another length', 'PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY=='],
    ['of an unknown type', 'PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'],
    ['with capitals in its id', VKEY.replace('c74f20a3', 'C74F20A3')],
    ['with a newline', `${VKEY}\n`],
  ])('is refused %s', (_, vkey) => {
    expect(isMalformed(() => parseVkey(vkey))).toBe(true)
  })

  it('is made, kept as text and used', () => {
    const skey = generateSkey('example.org/log', ED25519)
    const key = parseSkey(skey)
    expect(skey).toMatch(/^PRIVATE\+KEY\+example\.org\/log\+[0-9a-f]{8}\+/)
    expect(parseSkey(generateSkey('example.org/log', ED25519)).id).not.toBe(key.id)
    const note = signNote('text\n', [ed25519Signer(key)])
    expect(openNote(note, [ed25519Verifier(parseVkey(formatVkey(key)))]).text).toBe('text\n')
  })

  it('has another id for another type, and is not used as one', () => {
    const log = parseSkey(generateSkey('example.org/log', ED25519))
    const witness = parseSkey(generateSkey('example.org/witness', COSIGNATURE_V1))
    expect(parseVkey(formatVkey(witness)).type).toBe(COSIGNATURE_V1)
    expect(formatVkey(witness)).toMatch(/\+BA?[A-Za-z0-9+/]{42,43}$/)
    for (const use of [ed25519Signer, ed25519Verifier]) expect(() => use(witness)).toThrow(RangeError)
    expect(() => cosignatureVerifier(log)).toThrow(RangeError)
    expect(() => cosigner(log, () => 0)).toThrow(RangeError)
  })

  it.each(['', 'a b', 'a+b', 'a\nb', 'a\u00a0b', 'a\u2028b'])('does not have the name %j', (name) => {
    expect(() => generateSkey(name, ED25519)).toThrow(RangeError)
  })
})
