import { describe, expect, it } from 'vitest'
import { createProbe, FORMS, type Forms } from './leak-probe.ts'

const STEM = 'Zoé-Marqueur-'
const MARKER = { source: 'a file name', text: `${STEM}file-name-1` }
const { text } = MARKER
const plain = 'Zoe-Marqueur-file-name-1'
const decomposed = text.normalize('NFD')
const utf16 = (value: string) => Buffer.from(value, 'utf16le')
const base64 = (value: string, before: number) =>
  Buffer.from(`${'x'.repeat(before)}${value}!!`).toString('base64')

/** What a leak can look like, and which part of the probe alone finds it. */
const PLANTS: readonly (readonly [string, string | Buffer, readonly (readonly [keyof Forms, string])[]])[] = [
  ['plain', text, [['encodings', 'UTF-8']]],
  ['in upper case', text.toUpperCase(), [['cases', 'upper case']]],
  ['in lower case, in base64', base64(text.toLowerCase(), 0), [['cases', 'lower case']]],
  ['as written, in base64', base64(text, 0), [['cases', 'as written']]],
  ['with letters of any case', 'zOE-marQUEUR-file-NAME-1', [['spellings', 'without accents']]],
  ['composed', text.normalize('NFC'), [['spellings', 'composed']]],
  ['decomposed', decomposed, [['spellings', 'decomposed']]],
  ['without accents', plain, [['spellings', 'without accents']]],
  ['as one word', 'ZoeMarqueurfilename1', [['spellings', 'as one word']]],
  ['with underscores', 'ZOE_MARQUEUR_FILE_NAME_1', [['spellings', 'with underscores']]],
  ['in Latin-1', Buffer.from(text, 'latin1'), [['encodings', 'Latin-1']]],
  ['in UTF-16', utf16(text), [['encodings', 'UTF-16']]],
  ['in UTF-16, big end first', utf16(text).swap16(), [['encodings', 'UTF-16']]],
  ['reversed', [...text].reverse().join(''), [['encodings', 'reversed']]],
  ['percent-encoded', `/x?name=${encodeURIComponent(text)}`, [['encodings', 'percent-encoded']]],
  ['as a form', new URLSearchParams({ name: `a ${text} b` }).toString(), [['encodings', 'percent-encoded']]],
  [
    'percent-encoded in lower case',
    encodeURIComponent(text).toLowerCase(),
    [['encodings', 'percent-encoded']],
  ],
  ['percent-encoded from Latin-1', escape(text), [['encodings', 'percent-encoded Latin-1']]],
  ['escaped in JSON', 'Zo\\u00E9-Marqueur-file-name-1', [['encodings', 'JSON-escaped']]],
  ['escaped in HTML', 'Zo&#233;-Marqueur-file-name-1', [['encodings', 'HTML-escaped, decimal']]],
  [
    'escaped in HTML, in base 16',
    'Zo&#xE9;-Marqueur-file-name-1',
    [['encodings', 'HTML-escaped, hexadecimal']],
  ],
  ['escaped in HTML, by name', 'Zo&eacute;-Marqueur-file-name-1', [['encodings', 'HTML-escaped, by name']]],
  ['in hexadecimal', Buffer.from(text).toString('hex'), [['encodings', 'hexadecimal']]],
  ['in capital hexadecimal', Buffer.from(text).toString('hex').toUpperCase(), [['encodings', 'hexadecimal']]],
  ['in base64', base64(plain, 0), [['spellings', 'without accents']]],
  ['in base64, one byte later', base64(text, 1), []],
  ['in base64, two bytes later', base64(text, 2), []],
]

function probeWithout(part: keyof Forms, name: string) {
  const { [name]: _, ...rest } = FORMS[part] as Record<string, never>
  return createProbe(STEM, { ...FORMS, [part]: rest })
}

describe('the search for leaks', () => {
  it.each(PLANTS)('finds a marker %s', (_, planted) => {
    const probe = createProbe(STEM)
    probe.plant(MARKER)
    const content = Buffer.concat([Buffer.from('0123456789'), Buffer.from(planted), Buffer.from('9876')])
    const hits = probe.search('a log', content)
    expect(hits.length).toBeGreaterThan(0)
    expect(hits[0]).toMatchObject({ output: 'a log' })
    expect(hits.map(({ source }) => source)).toContain(MARKER.source)
    for (const { offset } of hits) expect(offset).toBeGreaterThanOrEqual(10)
  })

  const needed = PLANTS.flatMap(([title, planted, parts]) =>
    parts.map(([part, name]) => [title, part, name, planted] as const),
  )
  it.each(needed)('would miss a marker %s without its %s "%s"', (_title, part, name, planted) => {
    expect(probeWithout(part, name).search('a log', planted)).toEqual([])
  })

  const bases = ['base64', 'base64url'] as const
  const places = ['first', 'second', 'third'] as const
  it.each(bases.flatMap((alphabet) => places.map((place, before) => [alphabet, place, before] as const)))(
    'looks for %s at its %s place, and would miss it there otherwise',
    (alphabet, place, before) => {
      // Bytes whose six-bit groups 62 and 63 fall at each place, which the two alphabets write in two ways.
      const stem = '~~?>>>~~~???'
      const planted = Buffer.from(`${'x'.repeat(before)}${stem}!!`).toString(alphabet)
      const name = `${alphabet}, ${place} place`
      const { [name]: _, ...encodings } = FORMS.encodings
      expect(createProbe(stem).search('a log', planted)[0]?.form).toContain(name)
      expect(createProbe(stem, { ...FORMS, encodings }).search('a log', planted)).toEqual([])
    },
  )

  it('has no part that no test misses', () => {
    const missed = needed.map(([, part, name]) => `${part} ${name}`)
    const parts = Object.entries(FORMS).flatMap(([part, forms]) =>
      Object.keys(forms).map((name) => `${part} ${name}`),
    )
    expect(parts.filter((name) => !/base64/.test(name) && !missed.includes(name))).toEqual([])
  })

  it('tells which of two markers it is, even if one begins like the other', () => {
    const probe = createProbe(STEM)
    probe.plant({ source: 'short', text: `${STEM}1` })
    probe.plant({ source: 'long', text: `${STEM}12` })
    const sources = (content: string) => new Set(probe.search('a log', content).map(({ source }) => source))
    expect(sources(`${STEM}1 and more`)).toEqual(new Set(['short']))
    expect(sources(`${STEM}12 and more`)).toEqual(new Set(['long']))
  })

  it('finds a marker that was cut off, or that nobody planted', () => {
    const probe = createProbe(STEM)
    probe.plant(MARKER)
    expect(probe.search('a log', text.slice(0, -3))).toMatchObject([{ source: '(cut)', offset: 0 }])
  })

  it('finds what V8 quotes of a text that is no JSON', () => {
    const quoted = (input: string) => {
      try {
        return JSON.parse(input)
      } catch (error) {
        return (error as Error).message
      }
    }
    const message = quoted(`{"name": ${text}}`)
    expect(message).not.toContain(text)
    expect(createProbe(text.slice(0, 10)).search('a log', message)).toMatchObject([{ source: '(cut)' }])
  })

  it('finds a number as points and as hundredths, and not inside another number or word', () => {
    const probe = createProbe(STEM)
    probe.plantNumber('a score', 987.25)
    for (const found of ['{"points":987.25}', '987,25;', '[98725]', 'score=98725 '])
      expect(probe.search('a log', found), found).toMatchObject([{ source: 'a score', form: 'number' }])
    for (const other of ['1987.25', '987.251', 'a98725', '98725-f00d', '198725', '98725.5', '0.98725'])
      expect(probe.search('a log', other), other).toEqual([])
  })

  it('finds a secret as it is and encoded', () => {
    const probe = createProbe(STEM)
    probe.plantSecret({ source: 'a token', text: 'q7RzT-k2Lw_9' })
    for (const found of ['q7RzT-k2Lw_9', Buffer.from('.q7RzT-k2Lw_9').toString('base64')])
      expect(probe.search('a log', found), found).toMatchObject([{ source: 'a token' }])
    expect(probe.search('a log', 'q7RzT-k2Lw')).toEqual([])
    expect(() => probe.plantSecret({ source: 'short', text: '1234567' })).toThrow('chance')
  })

  it('finds nothing in what holds no marker', () => {
    const probe = createProbe(STEM)
    probe.plant(MARKER)
    expect(probe.search('a log', '{"level":"INFO","event":"upload.accepted"}')).toEqual([])
  })

  it('says where and how, and shows nothing of what stands there', () => {
    const probe = createProbe(STEM)
    probe.plant(MARKER)
    const [hit] = probe.search('a log', `name=${text}; Camille Exemple`)
    expect(hit).toEqual({
      source: 'a file name',
      form: 'UTF-8, composed, as written',
      output: 'a log',
      offset: 5,
    })
  })
})
