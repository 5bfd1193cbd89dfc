/** A text that was planted somewhere and must be nowhere else; `source` says where. */
export type Marker = { readonly source: string; readonly text: string }

/** Where a marker was found and how it was written there; what stands around it is not told. */
export type Hit = {
  readonly source: string
  readonly form: string
  readonly output: string
  readonly offset: number
}

/** Ways to spell the same words. */
const SPELLINGS: Readonly<Record<string, (text: string) => string>> = {
  composed: (text) => text.normalize('NFC'),
  decomposed: (text) => text.normalize('NFD'),
  'without accents': withoutAccents,
  'as one word': (text) => withoutAccents(text).replace(/[^A-Za-z0-9]/g, ''),
  'with underscores': (text) => withoutAccents(text).replace(/[^A-Za-z0-9]/g, '_'),
}

const CASES: Readonly<Record<string, (text: string) => string>> = {
  'as written': (text) => text,
  'lower case': (text) => text.toLowerCase(),
  'upper case': (text) => text.toUpperCase(),
}

/** `folds`: letters stay letters, so that upper and lower case of the output count as one. */
type Encoding = { readonly folds: boolean; readonly encode: (text: string) => Buffer }

const readable = (encode: (text: string) => Buffer | string): Encoding => ({
  folds: true,
  encode: (text) => Buffer.from(encode(text)),
})

const ENCODINGS: Readonly<Record<string, Encoding>> = {
  'UTF-8': readable((text) => text),
  'Latin-1': readable((text) => Buffer.from(text, 'latin1')),
  // Of either byte order: shifted by one byte, they are the same.
  'UTF-16': readable((text) => Buffer.from(text, 'utf16le').subarray(0, -1)),
  reversed: readable((text) => [...text].reverse().join('')),
  'percent-encoded': readable(encodeURIComponent),
  'percent-encoded Latin-1': readable(escapeAs((code) => `%${code.toString(16)}`)),
  'JSON-escaped': readable(escapeAs((code) => `\\u${code.toString(16).padStart(4, '0')}`)),
  'HTML-escaped, decimal': readable(escapeAs((code) => `&#${code};`)),
  'HTML-escaped, hexadecimal': readable(escapeAs((code) => `&#x${code.toString(16)};`)),
  'HTML-escaped, by name': readable((text) => text.normalize('NFD').replace(/(\w)\u0301/g, '&$1acute;')),
  hexadecimal: readable((text) => Buffer.from(text).toString('hex')),
  'base64, first place': base64At(0, 'base64'),
  'base64, second place': base64At(1, 'base64'),
  'base64, third place': base64At(2, 'base64'),
  'base64url, first place': base64At(0, 'base64url'),
  'base64url, second place': base64At(1, 'base64url'),
  'base64url, third place': base64At(2, 'base64url'),
}

export type Forms = {
  readonly spellings: typeof SPELLINGS
  readonly cases: typeof CASES
  readonly encodings: typeof ENCODINGS
}
export const FORMS: Forms = { spellings: SPELLINGS, cases: CASES, encodings: ENCODINGS }

function withoutAccents(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '')
}

function escapeAs(write: (code: number) => string): (text: string) => string {
  return (text) => text.replace(/[^\0-\x7f]/g, (character) => write(character.charCodeAt(0)))
}

/** The characters that do not depend on what stands before and behind, `place` bytes into a group of three. */
function base64At(place: 0 | 1 | 2, alphabet: 'base64' | 'base64url'): Encoding {
  return {
    folds: false,
    encode: (text) => {
      const bytes = Buffer.concat([Buffer.alloc(place), Buffer.from(text)])
      const whole = bytes.toString(alphabet)
      return Buffer.from(whole.slice([0, 2, 3][place], Math.floor((bytes.length * 8) / 6)))
    },
  }
}

/** What is shorter could be there by chance. */
const SHORTEST = 8

/** One way of writing a marker, as a string of bytes. */
type Needle = { readonly form: string; readonly folds: boolean; readonly bytes: string }

function needlesOf(text: string, { spellings, cases, encodings }: Forms): readonly Needle[] {
  const needles = new Map<string, Needle>()
  for (const [encoding, { folds, encode }] of Object.entries(encodings)) {
    for (const [spelling, spell] of Object.entries(spellings)) {
      for (const [letters, change] of Object.entries(cases)) {
        const plain = encode(change(spell(text))).toString('latin1')
        const bytes = folds ? plain.toLowerCase() : plain
        const key = `${folds} ${bytes}`
        if (bytes.length >= SHORTEST && !needles.has(key))
          needles.set(key, { form: `${encoding}, ${spelling}, ${letters}`, folds, bytes })
      }
    }
  }
  return [...needles.values()]
}

/** Markers that begin alike are looked for by their beginning, and then told apart. */
type Family = { readonly stem: readonly Needle[]; readonly members: Marker[]; readonly forms: Forms }

export type Probe = {
  /** Adds a marker that begins with the stem. */
  plant(marker: Marker): void
  /** Adds a random text of its own, which keeps its spelling and its case wherever it goes. */
  plantSecret(marker: Marker): void
  /** Adds a number; it counts where it stands alone, as points or as hundredths. */
  plantNumber(source: string, points: number): void
  /** Every form of every marker in an output, each once. */
  search(output: string, content: Buffer | string): Hit[]
}

/**
 * Looks for markers in any spelling, case and encoding. All but secrets and numbers begin with `stem`: a beginning that
 * no marker of ours goes on from is a hit too, of `(cut)`. Without a stem, only secrets and numbers are looked for.
 */
export function createProbe(stem = '', forms: Forms = FORMS): Probe {
  const family: Family = { stem: needlesOf(stem, forms), members: [], forms }
  const families = [family]
  const numbers: { source: string; pattern: RegExp }[] = []

  return {
    plant: (marker) => {
      if (!marker.text.startsWith(stem)) throw new Error('a marker that does not begin with the stem')
      family.members.push(marker)
    },
    plantSecret: (marker) => {
      if (marker.text.length < SHORTEST) throw new Error('a secret that chance could repeat')
      const exact = { ...forms, spellings: asItIs, cases: asItIs }
      families.push({ stem: needlesOf(marker.text, exact), members: [marker], forms: exact })
    },
    plantNumber: (source, points) => {
      const written = [points, Math.round(points * 100)].map((number) => String(number).replace('.', '[.,]'))
      numbers.push({ source, pattern: new RegExp(`(?<![\\w.-])(${written.join('|')})(?![\\w-]|[.,]\\d)`) })
    },
    search: (output, content) => {
      const raw = Buffer.from(content).toString('latin1')
      const folded = raw.toLowerCase()
      const hits = new Map<string, Hit>()
      const add = (hit: Hit) =>
        hits.set(`${hit.source} ${hit.form}`, hits.get(`${hit.source} ${hit.form}`) ?? hit)
      for (const { stem: needles, members, forms: written } of families) {
        for (const needle of needles) {
          const text = needle.folds ? folded : raw
          for (let at = text.indexOf(needle.bytes); at >= 0; at = text.indexOf(needle.bytes, at + 1)) {
            const source = longest(members.filter((marker) => goesOn(text, at, needle, marker, written)))
            add({ source, form: needle.form, output, offset: at })
          }
        }
      }
      for (const { source, pattern } of numbers) {
        const match = pattern.exec(raw)
        if (match) add({ source, form: 'number', output, offset: match.index })
      }
      return [...hits.values()]
    },
  }
}

const asItIs = { 'as it is': (text: string) => text }

/** Whether the whole marker stands where its beginning was found. */
function goesOn(text: string, at: number, found: Needle, marker: Marker, forms: Forms): boolean {
  return knownNeedles(marker, forms).some(({ folds, bytes }) => {
    const place = bytes.indexOf(found.bytes)
    return folds === found.folds && place >= 0 && text.startsWith(bytes, at - place)
  })
}

const known = new WeakMap<Marker, readonly Needle[]>()

function knownNeedles(marker: Marker, forms: Forms): readonly Needle[] {
  const needles = known.get(marker) ?? needlesOf(marker.text, forms)
  known.set(marker, needles)
  return needles
}

/** One marker can be the beginning of another. */
function longest(markers: readonly Marker[]): string {
  return markers.toSorted((a, b) => b.text.length - a.text.length)[0]?.source ?? '(cut)'
}
