import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeUtf8 } from './encoding.ts'
import { ed25519Signer, ed25519Verifier, formatNote, openNote, parseNote, signNote } from './note.ts'
import { ED25519, generateSkey, parseSkey, parseVkey } from './note-key.ts'

/** The examples of the specification, with and without a key, and those of Go's `sumdb/note`. */
const SPEC_VERIFIER = ed25519Verifier(
  parseVkey('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'),
)
const SPEC_NOTE =
  'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n'
const POEM =
  'Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n'
const PETER = parseSkey('PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz')
const PETERS_TEXT =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
const PETERS_LINE =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n'
const ENOCH = parseVkey('EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop')
const ENOCHS_LINE =
  '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n'

const peter = ed25519Verifier(PETER)
const enoch = ed25519Verifier(ENOCH)
const names = (lines: readonly { name: string }[]) => lines.map(({ name }) => name)

describe('the published examples', () => {
  it('are opened with their keys', () => {
    expect(openNote(SPEC_NOTE, [SPEC_VERIFIER]).text).toBe('This is an example message.\n')
    const both = openNote(`${PETERS_TEXT}\n${PETERS_LINE}${ENOCHS_LINE}`, [enoch, peter])
    expect(both.text).toBe(PETERS_TEXT)
    expect(names(both.signatures)).toEqual(['PeterNeumann', 'EnochRoot'])
    expect(both.unknown).toEqual([])
  })

  it('are signed to the same byte', () => {
    expect(signNote(PETERS_TEXT, [ed25519Signer(PETER)])).toBe(`${PETERS_TEXT}\n${PETERS_LINE}`)
  })

  it('are split at the last blank line', () => {
    const { text, signatures } = parseNote(POEM)
    expect(text).toMatch(/^Ognuno.*sole:\n\ned è subito sera\.\n$/s)
    expect(signatures).toMatchObject([{ name: 'quasimodo.example/salvatore', keyId: 0x367ba04b }])
    expect(formatNote({ text, signatures })).toBe(POEM)
  })
})

describe('opening a note', () => {
  it('ignores keys that it does not know, also one that shares a name or an id with a known key', () => {
    const namesake = ed25519Signer(parseSkey(generateSkey('PeterNeumann', ED25519)))
    const sameId = { ...ed25519Signer(parseSkey(generateSkey('other', ED25519))), keyId: peter.keyId }
    const note = signNote(PETERS_TEXT, [namesake, sameId, ed25519Signer(PETER)])
    const opened = openNote(note, [peter])
    expect(opened.signatures).toMatchObject([{ name: 'PeterNeumann', keyId: peter.keyId }])
    expect(names(opened.unknown)).toEqual(['PeterNeumann', 'other'])
  })

  it('refuses a note that no known key signed', () => {
    const note = `${PETERS_TEXT}\n${PETERS_LINE}`
    expect(() => openNote(note, [enoch])).toThrow(expect.objectContaining({ fault: 'unsigned' }))
    expect(() => openNote(note, [])).toThrow(expect.objectContaining({ fault: 'unsigned' }))
  })

  it('refuses a note with a line of a known key that it did not make, whatever else it holds', () => {
    const forged = PETERS_LINE.replace('JnAM=', 'JnAQ=')
    for (const lines of [forged, forged + ENOCHS_LINE, ENOCHS_LINE + forged, PETERS_LINE + forged]) {
      expect(() => openNote(`${PETERS_TEXT}\n${lines}`, [peter, enoch])).toThrow(
        expect.objectContaining({ fault: 'bad-signature' }),
      )
    }
  })

  it('counts a key once, however many lines it has', () => {
    const opened = openNote(`${PETERS_TEXT}\n${PETERS_LINE}${ENOCHS_LINE}${PETERS_LINE}`, [peter, enoch])
    expect(names(opened.signatures)).toEqual(['PeterNeumann', 'EnochRoot'])
  })

  it('refuses any change of any byte', () => {
    const bytes = Buffer.from(`${PETERS_TEXT}è\n\n`).subarray(0, -1)
    const signed = Buffer.from(signNote(bytes.toString(), [ed25519Signer(PETER)]))
    expect(openNote(decodeUtf8(signed), [peter]).text).toBe(bytes.toString())
    for (let position = 0; position < signed.length; position += 1) {
      for (const change of [0x01, 0x20, 0x80]) {
        const changed = Buffer.from(signed)
        changed[position] = (changed[position] ?? 0) ^ change
        expect(() => openNote(decodeUtf8(changed), [peter]), `byte ${position}`).toThrow()
      }
    }
  })
})

describe('the form of a note', () => {
  it.each([
    ['no signature', PETERS_TEXT],
    ['no signature after the blank line', `${PETERS_TEXT}\n`],
    ['a blank line only', '\n'],
    ['no newline at the end', `${PETERS_TEXT}\n${PETERS_LINE.slice(0, -1)}`],
    ['no blank line', `${PETERS_TEXT}${PETERS_LINE}`],
    ['a control character', `\u0001${PETERS_TEXT}\n${PETERS_LINE}`],
    ['a tabulator', `a\tb\n\n${PETERS_LINE}`],
    ['a carriage return', `${PETERS_TEXT}\r\n\n${PETERS_LINE}`],
    ['half of a surrogate pair', `\ud800${PETERS_TEXT}\n${PETERS_LINE}`],
    ['a line that is no signature', `${PETERS_TEXT}\n${PETERS_LINE}Unexpected line.\n`],
    ['another dash', `${PETERS_TEXT}\n${PETERS_LINE.replace('—', '–')}`],
    ['two hyphens', `${PETERS_TEXT}\n${PETERS_LINE.replace('—', '--')}`],
    ['two spaces', `${PETERS_TEXT}\n${PETERS_LINE.replace('— ', '—  ')}`],
    ['a space at the end', `${PETERS_TEXT}\n${PETERS_LINE.replace('=\n', '= \n')}`],
    ['a name with a space', `${PETERS_TEXT}\n${PETERS_LINE.replace('Peter', 'Peter ')}`],
    [
      'a name with a space of another script',
      `${PETERS_TEXT}\n${PETERS_LINE.replace('Peter', 'Peter\u3000')}`,
    ],
    ['a name with a plus', `${PETERS_TEXT}\n${PETERS_LINE.replace('Peter', 'Peter+')}`],
    ['a signature without padding', `${PETERS_TEXT}\n${PETERS_LINE.replace('=', '')}`],
    ['a signature with bits beyond its end', `${PETERS_TEXT}\n${PETERS_LINE.replace('AM=', 'AN=')}`],
    ['a signature in the other alphabet', `${PETERS_TEXT}\n${PETERS_LINE.replace('/', '_')}`],
    ['a key id without signature', `${PETERS_TEXT}\n— PeterNeumann x08gow==\n`],
    ['more than a hundred signatures', `${PETERS_TEXT}\n${PETERS_LINE.repeat(101)}`],
    ['more than a mebibyte', `${'a'.repeat(2 ** 20)}\n\n${PETERS_LINE}`],
  ])('has no place for %s', (_, message) => {
    expect(() => openNote(message, [peter])).toThrow(expect.objectContaining({ fault: 'malformed' }))
  })

  it('is UTF-8', () => {
    const latin1 = Buffer.from(`caf\u00e9\n\n${PETERS_LINE.replace('—', '-')}`, 'latin1')
    expect(() => decodeUtf8(latin1)).toThrow(expect.objectContaining({ fault: 'malformed' }))
    expect(decodeUtf8(Buffer.from('\ufeffa'))).toBe('\ufeffa')
  })

  it('has room for a hundred signatures, as large as those to come', () => {
    const lines = Array.from({ length: 100 }, (_, i) => ({
      name: `witness.example/${i}`,
      keyId: i,
      signature: Buffer.alloc(5_000, i),
    }))
    const note = formatNote({ text: PETERS_TEXT, signatures: lines })
    expect(parseNote(note).signatures).toEqual(lines)
  })

  it('is not written for a text that would not be read back', () => {
    const signer = ed25519Signer(PETER)
    for (const text of ['', 'no newline', 'a\tb\n', 'a\r\n', '\ud800\n']) {
      expect(() => signNote(text, [signer])).toThrow(expect.objectContaining({ fault: 'malformed' }))
    }
    expect(() => signNote('text\n', [])).toThrow(expect.objectContaining({ fault: 'malformed' }))
    expect(() => signNote('text\n', [{ ...signer, name: 'a b' }])).toThrow(
      expect.objectContaining({ fault: 'malformed' }),
    )
  })

  it('holds any other text, blank lines and signature lines included', () => {
    const signer = ed25519Signer(PETER)
    const line = fc.oneof(fc.constantFrom('', PETERS_LINE.trim(), '—'), fc.string({ unit: 'grapheme' }))
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), (lines) => {
        const text = `${lines.join('\n')}\n`
        expect(openNote(signNote(text, [signer]), [peter]).text).toBe(text)
      }),
    )
  })
})
