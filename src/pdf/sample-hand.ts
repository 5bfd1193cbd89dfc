import { type Drawing, num } from './drawing.ts'

/** A handwriting that belongs to nobody: letters as smooth curves, joined, slanted, never twice the same. */

export type Random = () => number

/** How one invented pupil writes. Sizes in points. */
export type Hand = {
  readonly height: number
  readonly slant: number
  readonly spread: number
  readonly unrest: number
  readonly pen: number
  readonly ink: number
}

type Point = readonly [x: number, y: number]
/** Points of the pen's way in units of the small letters' height; further strokes come after a lift of the pen. */
type Letter = { readonly width: number; readonly way: readonly Point[]; readonly after?: readonly Point[] }

const bowl: readonly Point[] = [[0, 0.2], [0.52, 0.86], [0.3, 1], [0.06, 0.55], [0.2, 0.04], [0.44, 0.3]] // biome-ignore format: a curve
const stem: readonly Point[] = [[0, 0.2], [0.28, 1.2], [0.36, 2], [0.22, 2.1], [0.13, 1.2]] // biome-ignore format: a curve
const arch: readonly Point[] = [[0.16, 0.05], [0.22, 0.55], [0.46, 1], [0.6, 0.75], [0.62, 0.12], [0.82, 0.15]] // biome-ignore format: a curve
const dot: readonly Point[] = [[0.3, 1.5], [0.33, 1.46]] // biome-ignore format: a curve
const tail: readonly Point[] = [[0.56, 0.9], [0.5, -0.7], [0.28, -1.05], [0.12, -0.75], [0.82, 0.2]] // biome-ignore format: a curve

// biome-ignore format: one letter a line reads as a table
const letters: Readonly<Record<string, Letter>> = {
  a: { width: 0.85, way: [...bowl, [0.57, 0.9], [0.6, 0.15], [0.85, 0.18]] },
  b: { width: 0.7, way: [...stem, [0.2, 0.12], [0.45, 0.1], [0.5, 0.8], [0.7, 0.75]] },
  c: { width: 0.62, way: [[0, 0.2], [0.14, 0.7], [0.48, 0.82], [0.34, 1.02], [0.08, 0.75], [0.06, 0.25], [0.3, 0], [0.62, 0.25]] },
  d: { width: 0.88, way: [...bowl, [0.62, 1.9], [0.6, 0.3], [0.88, 0.15]] },
  e: { width: 0.62, way: [[0, 0.22], [0.36, 0.6], [0.38, 0.92], [0.2, 0.98], [0.08, 0.5], [0.22, 0.03], [0.62, 0.25]] },
  f: { width: 0.6, way: [...stem, [0.12, -0.8], [0.26, -0.9], [0.3, 0.1], [0.6, 0.25]] },
  g: { width: 0.82, way: [...bowl, ...tail] },
  h: { width: 0.85, way: [...stem, ...arch] },
  i: { width: 0.5, way: [[0, 0.2], [0.22, 0.98], [0.22, 0.2], [0.5, 0.2]], after: dot },
  j: { width: 0.5, way: [[0, 0.2], [0.25, 0.98], [0.2, -0.8], [0.02, -0.9], [0.5, 0.2]], after: dot },
  l: { width: 0.55, way: [...stem, [0.18, 0.12], [0.4, 0.05], [0.55, 0.25]] },
  m: { width: 1.3, way: [[0, 0.1], [0.14, 0.95], [0.15, 0.05], [0.25, 0.6], [0.44, 0.98], [0.54, 0.7], [0.55, 0.05], [0.65, 0.6], [0.86, 0.98], [0.98, 0.7], [1, 0.1], [1.3, 0.2]] },
  n: { width: 0.85, way: [[0, 0.1], [0.12, 0.95], ...arch] },
  o: { width: 0.72, way: [[0, 0.3], [0.42, 0.98], [0.18, 0.92], [0.05, 0.5], [0.25, 0.02], [0.52, 0.45], [0.4, 0.95], [0.72, 0.8]] },
  p: { width: 0.75, way: [[0, 0.3], [0.15, 1], [0.1, -0.95], [0.15, 0.3], [0.4, 1], [0.58, 0.55], [0.35, 0.05], [0.75, 0.2]] },
  q: { width: 0.82, way: [...bowl, [0.56, 0.9], [0.52, -0.95], [0.6, -0.4], [0.82, 0.2]] },
  r: { width: 0.6, way: [[0, 0.15], [0.14, 1.02], [0.28, 0.86], [0.42, 0.92], [0.4, 0.15], [0.6, 0.18]] },
  s: { width: 0.58, way: [[0, 0.15], [0.28, 1.02], [0.36, 0.6], [0.4, 0.15], [0.16, 0.02], [0.58, 0.2]] },
  t: { width: 0.55, way: [[0, 0.2], [0.24, 1.1], [0.26, 1.65], [0.24, 0.25], [0.55, 0.2]], after: [[-0.02, 1.2], [0.5, 1.26]] },
  u: { width: 0.85, way: [[0, 0.3], [0.12, 0.98], [0.16, 0.2], [0.36, 0], [0.58, 0.4], [0.62, 0.98], [0.62, 0.15], [0.85, 0.2]] },
  v: { width: 0.7, way: [[0, 0.6], [0.12, 0.98], [0.26, 0.05], [0.52, 0.95], [0.7, 0.85]] },
  x: { width: 0.65, way: [[0, 0.75], [0.15, 1], [0.45, 0.02], [0.65, 0.2]], after: [[0.52, 0.98], [0.05, 0]] },
  y: { width: 0.82, way: [[0, 0.3], [0.12, 0.98], [0.2, 0.15], [0.45, 0.1], ...tail] },
  z: { width: 0.62, way: [[0, 0.8], [0.45, 0.98], [0.05, 0.05], [0.62, 0.15]] },
  '0': { width: 0.8, way: [[0.4, 1.6], [0.08, 0.8], [0.35, 0], [0.65, 0.8], [0.4, 1.6]] },
  '1': { width: 0.6, way: [[0.05, 1.1], [0.35, 1.65], [0.33, 0]] },
  '2': { width: 0.8, way: [[0.1, 1.3], [0.4, 1.65], [0.6, 1.2], [0.08, 0.05], [0.7, 0.05]] },
  '3': { width: 0.75, way: [[0.1, 1.5], [0.45, 1.6], [0.3, 0.9], [0.6, 0.4], [0.1, 0.05]] },
  '4': { width: 0.8, way: [[0.4, 1.65], [0.05, 0.5], [0.7, 0.5]], after: [[0.5, 0.9], [0.45, 0]] },
  '5': { width: 0.75, way: [[0.6, 1.6], [0.2, 1.55], [0.15, 0.9], [0.6, 0.6], [0.1, 0.02]] },
  '=': { width: 0.9, way: [[0.1, 0.75], [0.75, 0.78]], after: [[0.1, 0.4], [0.75, 0.42]] },
  '+': { width: 0.9, way: [[0.1, 0.55], [0.75, 0.58]], after: [[0.42, 0.95], [0.42, 0.2]] },
  '(': { width: 0.45, way: [[0.35, 1.7], [0.1, 0.8], [0.32, -0.2]] },
  ')': { width: 0.45, way: [[0.1, 1.7], [0.35, 0.8], [0.1, -0.2]] },
  "'": { width: 0.3, way: [[0.15, 1.9], [0.1, 1.6]] },
  ',': { width: 0.4, way: [[0.15, 0.1], [0.08, -0.3]] },
  '.': { width: 0.4, way: [[0.15, 0.05], [0.18, 0.02]] },
}

const accents: Readonly<Record<string, readonly Point[]>> = {
  '\u0301': [[0.28, 1.3], [0.46, 1.6]], // biome-ignore format: a curve
  '\u0300': [[0.14, 1.6], [0.34, 1.3]], // biome-ignore format: a curve
  '\u0302': [[0.1, 1.3], [0.26, 1.55], [0.42, 1.3]], // biome-ignore format: a curve
}

/** Anything that joins on to the next sign; figures and punctuation stand alone. */
const joined = /^[a-z]$/

export function newHand(random: Random): Hand {
  return {
    height: 5 + random() * 1.8,
    slant: 0.02 + random() * 0.32,
    spread: 0.92 + random() * 0.25,
    unrest: 0.04 + random() * 0.05,
    pen: 0.75 + random() * 0.45,
    ink: 0.12 + random() * 0.2,
  }
}

/** Width of a word in points, close enough to break lines. */
export function measureWord(word: string, hand: Hand): number {
  const units = [...word.normalize('NFD')].reduce((sum, sign) => sum + (letters[sign]?.width ?? 0), 0)
  return units * hand.height * hand.spread
}

/** Writes one word; (x, y) is where its baseline starts. Returns the x after it. */
export function writeWord(
  drawing: Drawing,
  word: string,
  x: number,
  y: number,
  hand: Hand,
  random: Random,
): number {
  let pen = x
  let previous = ''
  let way: Point[] = []
  const lifts: (readonly Point[])[] = []
  const put = ([px, py]: Point): Point => {
    const shake = () => (random() - 0.5) * 2 * hand.unrest * hand.height
    const up = py * hand.height
    return [pen + px * hand.height * hand.spread + up * hand.slant + shake(), y + up + shake()]
  }
  for (const sign of word.normalize('NFD')) {
    const accent = accents[sign]
    if (accent !== undefined) {
      const back = pen
      pen -= 0.62 * hand.height * hand.spread
      lifts.push(accent.map(put))
      pen = back
    }
    const letter = letters[sign]
    if (letter === undefined) continue
    if (!joined.test(sign) || !joined.test(previous) || random() < 0.08) {
      lifts.push(way)
      way = []
    }
    previous = sign
    // The first point of a letter only says where to join; the letter before has brought the pen there.
    way.push(...(way.length > 0 ? letter.way.slice(1) : letter.way).map(put))
    if (letter.after !== undefined) lifts.push(letter.after.map(put))
    pen += letter.width * hand.height * hand.spread
  }
  for (const stroke of [way, ...lifts]) drawStroke(drawing, stroke, hand, random)
  return pen
}

/** Draws a smooth curve through points (Catmull-Rom) with a pressure that swells and fades. */
export function drawStroke(drawing: Drawing, way: readonly Point[], hand: Hand, random: Random): void {
  const phase = random() * 6
  for (let i = 0; i + 1 < way.length; i++) {
    const from = way[i]
    const to = way[i + 1]
    if (from === undefined || to === undefined) continue
    const before = way[i - 1] ?? from
    const after = way[i + 2] ?? to
    const isDown = to[1] < from[1]
    const width = hand.pen * (0.85 + 0.15 * Math.sin(phase + i * 0.7) + (isDown ? 0.18 : 0))
    const curve = [
      from[0] + (to[0] - before[0]) / 6,
      from[1] + (to[1] - before[1]) / 6,
      to[0] - (after[0] - from[0]) / 6,
      to[1] - (after[1] - from[1]) / 6,
      to[0],
      to[1],
    ]
    drawing.operators.push(
      `${num(hand.ink)} G ${num(width)} w ${num(from[0])} ${num(from[1])} m ${curve.map(num).join(' ')} c S`,
    )
  }
}

/** Strikes a word out the way pupils do: a hurried zigzag, sometimes twice. */
export function strikeOut(
  drawing: Drawing,
  from: number,
  to: number,
  y: number,
  hand: Hand,
  random: Random,
): void {
  for (let pass = 0; pass < 1 + Math.round(random()); pass++) {
    const turns = 4 + Math.floor((to - from) / 9)
    const way = Array.from({ length: turns }, (_, i): Point => {
      const up = i % 2 === 0 ? 0.1 : 0.9
      return [from - 2 + ((to - from + 4) * i) / (turns - 1), y + hand.height * (up + (random() - 0.5) * 0.4)]
    })
    drawStroke(drawing, way, hand, random)
  }
}
