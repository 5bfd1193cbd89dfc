import fc from 'fast-check'

/** Spoils PDFs as disks, transfers and hostile people do; the same damage does the same to the same bytes. */

export const DAMAGES = [
  'ends early',
  'has flipped bytes',
  'has flipped bytes between its streams',
  'lacks a range',
  'has a range twice',
  'has a range of zeros',
  'has two objects in each other’s place',
  'has a number that is huge',
  'has a name that is another',
  'has a name in the place of a number',
] as const
export type Damage = (typeof DAMAGES)[number]

/** Where and how much, as shares of what there is. */
export type Wound = { readonly place: number; readonly size: number; readonly other: number }

// As likely here as there: left alone, the library prefers both ends.
const share = fc.noBias(fc.nat(0xff_ffff).map((number) => number / 0x100_0000))

/** As many wounds as asked for, of a seed. */
export function makeWounds(seed: number, count: number): Wound[] {
  return fc.sample(fc.record({ place: share, size: share, other: share }), { seed, numRuns: count })
}

const HUGE = ['2147483648', '-2147483648', '99999999999999999999', '-1', '0', '1e308', '0.0000001', '65536']

export function damage(pdf: Uint8Array, how: Damage, wound: Wound): Buffer {
  return DAMAGE[how](Buffer.from(pdf), wound)
}

const at = (share: number, length: number) => Math.min(Math.floor(share * length), Math.max(0, length - 1))

function cut(pdf: Buffer, { place, size }: Wound): readonly [before: Buffer, range: Buffer, after: Buffer] {
  const start = at(place, pdf.length)
  // Small ranges as often as large ones.
  const end = Math.min(pdf.length, start + 1 + Math.floor((pdf.length / 4) ** size))
  return [pdf.subarray(0, start), pdf.subarray(start, end), pdf.subarray(end)]
}

/** Flips bits of up to sixteen bytes around a place. */
function flip(pdf: Buffer, start: number, { size, other }: Wound): Buffer {
  for (let index = start; index < Math.min(pdf.length, start + 1 + size * 16); index++) {
    pdf[index] = (pdf[index] ?? 0) ^ (1 + at(other, 255))
  }
  return pdf
}

/** What stands between the streams, by where it begins. */
function findWords(pdf: Buffer, pattern: RegExp): readonly RegExpExecArray[] {
  // Streams become blanks of the same length, so that places stay.
  const text = pdf
    .toString('latin1')
    .replace(/\bstream\r?\n.*?endstream/gs, (stream) => ' '.repeat(stream.length))
  return [...text.matchAll(pattern)]
}

function replaceWord(pdf: Buffer, pattern: RegExp, place: number, by: (word: string) => string): Buffer {
  const words = findWords(pdf, pattern)
  const word = words[at(place, words.length)]
  if (word === undefined) return pdf
  const end = word.index + word[0].length
  return Buffer.concat([pdf.subarray(0, word.index), Buffer.from(by(word[0]), 'latin1'), pdf.subarray(end)])
}

const NUMBER = /(?<=[\s[])-?\d+(\.\d+)?(?=[\s/\]>])/g
const NAME = /\/[A-Za-z]\w+/g

const DAMAGE: Readonly<Record<Damage, (pdf: Buffer, wound: Wound) => Buffer>> = {
  'ends early': (pdf, { place }) => pdf.subarray(0, at(place, pdf.length)),
  'has flipped bytes': (pdf, wound) => flip(pdf, at(wound.place, pdf.length), wound),
  'has flipped bytes between its streams': (pdf, wound) => {
    const words = findWords(pdf, /\S+/g)
    return flip(pdf, words[at(wound.place, words.length)]?.index ?? 0, wound)
  },
  'lacks a range': (pdf, wound) => {
    const [before, , after] = cut(pdf, wound)
    return Buffer.concat([before, after])
  },
  'has a range twice': (pdf, wound) => {
    const [before, range, after] = cut(pdf, wound)
    return Buffer.concat([before, range, range, after])
  },
  'has a range of zeros': (pdf, wound) => {
    cut(pdf, wound)[1].fill(0)
    return pdf
  },
  'has two objects in each other’s place': (pdf, { place, other }) => {
    const heads = findWords(pdf, /\d+ \d+ obj\b/g)
    const [one, two] = [heads[at(place, heads.length)], heads[at(other, heads.length)]]
    if (!one || !two || one === two) return pdf
    const [first, second] = one.index < two.index ? [one, two] : [two, one]
    const head = (found: RegExpExecArray) => pdf.subarray(found.index, found.index + found[0].length)
    const [a, b] = [Buffer.from(head(first)), Buffer.from(head(second))]
    const middle = pdf.subarray(first.index + a.length, second.index)
    return Buffer.concat([pdf.subarray(0, first.index), b, middle, a, pdf.subarray(second.index + b.length)])
  },
  'has a number that is huge': (pdf, { place, other }) =>
    replaceWord(pdf, NUMBER, place, () => HUGE[at(other, HUGE.length)] ?? '0'),
  'has a name that is another': (pdf, { place, other }) => {
    const names = findWords(pdf, NAME)
    return replaceWord(pdf, NAME, place, () => names[at(other, names.length)]?.[0] ?? '/Nothing')
  },
  'has a name in the place of a number': (pdf, { place }) =>
    replaceWord(pdf, NUMBER, place, () => '/Nothing'),
}
