import {
  type Drawing,
  drawText,
  drawTextRight,
  fillRectangle,
  newDrawing,
  num,
  strokeRectangle,
} from './drawing.ts'
import type { GlyphUse } from './fonts.ts'
import { drawStroke, type Hand, measureWord, type Random, strikeOut, writeWord } from './sample-hand.ts'

export const pageWidth = 595.28
export const pageHeight = 841.89

const millimetre = 72 / 25.4
/** Seyès ruling: a strong line every 8 mm, three faint ones between, uprights every 8 mm, a margin. */
const line = 8 * millimetre
const marginX = 38 * millimetre
const firstLineY = pageHeight - 36 * millimetre
const bottomY = 24 * millimetre
const rightX = pageWidth - 8 * millimetre
const paper = 0.965

export type SamplePage = {
  readonly title: string
  readonly copyNumber: number
  readonly pageNumber: number
  readonly pageCount: number
  readonly hand: Hand
  /** Turn of the sheet on the glass, in radians. */
  readonly skew: number
}

const phrases = [
  "on considère la fonction définie sur l'intervalle donné",
  'elle est dérivable comme somme de fonctions dérivables',
  'le signe de la dérivée dépend seulement du numérateur',
  'donc la fonction est croissante puis décroissante',
  "d'après le théorème des valeurs intermédiaires il existe une unique solution",
  'par conséquent la suite est majorée et elle converge',
  'on obtient alors une équation du second degré',
  'le résultat est bien homogène à une vitesse, ce qui confirme le calcul',
  "cette hypothèse n'est pas toujours vérifiée dans la pratique",
  'au contraire, on peut penser que la question reste ouverte',
  "l'auteur montre ici que la liberté demande un effort",
  'il faut pourtant nuancer cette première réponse',
  'on remplace ensuite dans la relation précédente',
  'la vitesse initiale est nulle, le mouvement est rectiligne',
  'pour conclure, on compare les deux limites obtenues',
  'ce texte oppose le travail imposé et le travail choisi',
  'on montre par récurrence que la propriété est vraie pour tout entier',
  "l'énergie mécanique se conserve car les frottements sont négligés",
  'il reste à étudier le cas où le paramètre est négatif',
  'cette image traduit le doute du narrateur devant la mer',
] as const

/** The next word if it is at most `width` wide, else `undefined`, and the word waits for the next line. */
type Dictation = (width: number, hand: Hand) => string | undefined

/** Word after word without end; a phrase comes back only when all the others have been written. */
function newDictation(random: Random): Dictation {
  let pile: string[] = []
  let words: string[] = []
  return (width, hand) => {
    if (words.length === 0) {
      if (pile.length === 0) pile = [...phrases]
      words = (pile.splice(Math.floor(random() * pile.length), 1)[0] ?? '').split(' ')
    }
    return measureWord(words[0] ?? '', hand) > width ? undefined : words.shift()
  }
}

const formulas = [
  'f (x) = 2x + 3',
  'u = 4 + 3 (n + 1)',
  'v = 2,5 x 10',
  "f ' (x) = 3x + 1",
  '(a + b) = 15',
] as const

/** Draws one page of an invented copy: ruling, print, handwriting. The frame is A4 in points, lid of the scanner included. */
export function drawSamplePage(page: SamplePage, glyphs: GlyphUse, random: Random): Drawing {
  const drawing = newDrawing(pageWidth, pageHeight, glyphs)
  const [cos, sin] = [Math.cos(page.skew), Math.sin(page.skew)]
  fillRectangle(drawing, [0, 0, pageWidth, pageHeight], [0.82, 0.82, 0.82])
  const [cx, cy] = [pageWidth / 2, pageHeight / 2]
  const shift = [cx - cos * cx + sin * cy + random() * 3, cy - sin * cx - cos * cy - random() * 3]
  drawing.operators.push(`q ${[cos, sin, -sin, cos, ...shift].map(num6).join(' ')} cm 1 J 1 j`)
  fillRectangle(drawing, [0, 0, pageWidth, pageHeight], [paper, paper, paper])
  drawRuling(drawing)
  const top = page.pageNumber === 1 ? drawHeader(drawing, page) : firstLineY
  drawTextRight(drawing, `${page.pageNumber} / ${page.pageCount}`, rightX, 11 * millimetre, { size: 9 })
  fillWithWriting(drawing, page, top, random)
  drawing.operators.push('Q')
  return drawing
}

/** A turn of half a degree needs more decimals than `num` keeps. */
function num6(value: number): string {
  return value.toFixed(6)
}

function drawRuling(drawing: Drawing): void {
  const rule = (grey: number, width: number, path: string) =>
    drawing.operators.push(`${grey} G ${width} w ${path} S`)
  for (let y = firstLineY; y > bottomY - line; y -= line) {
    rule(0.74, 0.5, `${num(0)} ${num(y)} m ${num(pageWidth)} ${num(y)} l`)
    for (let i = 1; i < 4; i++)
      rule(0.88, 0.3, `0 ${num(y + (i * line) / 4)} m ${num(pageWidth)} ${num(y + (i * line) / 4)} l`)
  }
  const bottom = num(bottomY - line)
  for (let x = marginX; x < pageWidth; x += line)
    rule(0.84, 0.35, `${num(x)} ${bottom} m ${num(x)} ${num(pageHeight)} l`)
  rule(0.62, 0.8, `${num(marginX)} 0 m ${num(marginX)} ${num(pageHeight)} l`)
}

/** The printed head of a booklet. Returns the y of the first line left for writing. */
function drawHeader(drawing: Drawing, page: SamplePage): number {
  const bottom = firstLineY - line * 1.5
  fillRectangle(
    drawing,
    [12 * millimetre, bottom, pageWidth - 24 * millimetre, 46 * millimetre],
    [paper, paper, paper],
  )
  strokeRectangle(
    drawing,
    [12 * millimetre, bottom, pageWidth - 24 * millimetre, 40 * millimetre],
    [0.2, 0.2, 0.2],
    0.8,
  )
  const left = 17 * millimetre
  drawText(drawing, page.title, left, bottom + 29 * millimetre, { size: 17, weight: 'bold' })
  drawText(drawing, 'Durée : 2 heures. Calculatrice autorisée.', left, bottom + 20 * millimetre, {
    size: 9.5,
  })
  drawText(drawing, 'Numéro d’anonymat', left, bottom + 8 * millimetre, { size: 9.5 })
  const digits = String(page.copyNumber).padStart(4, '0')
  for (let i = 0; i < 4; i++) {
    const x = left + 110 + i * 20
    strokeRectangle(drawing, [x, bottom + 5 * millimetre, 18, 22], [0.3, 0.3, 0.3], 0.6)
    drawText(drawing, digits[i] ?? '', x + 4.5, bottom + 5 * millimetre + 6, { size: 14 })
  }
  return firstLineY - line * 4
}

function fillWithWriting(drawing: Drawing, page: SamplePage, top: number, random: Random): void {
  const lastY = page.pageNumber === page.pageCount ? bottomY + line * Math.floor(2 + random() * 7) : bottomY
  const dictation = newDictation(random)
  const sketchAfter = 3 + Math.floor(random() * 6)
  let question = page.pageNumber * 2 - 1
  let written = 0
  let paragraph = 0
  for (let y = top; y > lastY; y -= line) {
    if (paragraph === 0) {
      if (y - 4 * line < lastY) break
      drawHeading(drawing, question, y)
      question += 1
      paragraph = 7 + Math.floor(random() * 6)
      continue
    }
    paragraph -= 1
    written += 1
    const isLast = paragraph === 0 || y - line <= lastY
    if (written === sketchAfter && y - 5 * line > lastY && page.pageNumber % 2 === 1) {
      drawSketch(drawing, y - 3.7 * line, page.hand, random)
      y -= 4 * line
    } else if (random() < 0.12) writeFormula(drawing, y, page.hand, random)
    else writeLine(drawing, y, page.hand, random, { strike: written % 9 === 4, isLast, dictation })
    if (isLast) y -= line
  }
}

function drawHeading(drawing: Drawing, question: number, y: number): void {
  const heading = question % 2 === 1 ? `Exercice ${(question + 1) / 2}` : `Question ${question / 2}.b`
  fillRectangle(drawing, [marginX + 2, y - 3, 96, 15], [paper, paper, paper])
  drawText(drawing, heading, marginX + 6, y, { size: 11.5, weight: 'bold' })
}

function writeLine(
  drawing: Drawing,
  y: number,
  hand: Hand,
  random: Random,
  options: { readonly strike: boolean; readonly isLast: boolean; readonly dictation: Dictation },
): void {
  const end = options.isLast ? marginX + (rightX - marginX) * (0.25 + random() * 0.5) : rightX - random() * 14
  const drift = (random() - 0.5) * 0.012
  let x = marginX + 6 + random() * 6
  const start = x
  let strike = options.strike ? 2 + Math.floor(random() * 3) : -1
  for (;;) {
    const word = options.dictation(end - x, hand)
    if (word === undefined) break
    const baseline = y + 1.2 + (x - start) * drift + (random() - 0.5) * 1.4
    const after = writeWord(drawing, word, x, baseline, hand, random)
    if (strike-- === 0) strikeOut(drawing, x, after, baseline, hand, random)
    x = after + hand.height * (0.8 + random() * 0.5)
  }
}

function writeFormula(drawing: Drawing, y: number, hand: Hand, random: Random): void {
  let x = marginX + 40 + random() * 90
  for (const part of (formulas[Math.floor(random() * formulas.length)] ?? '').split(' ')) {
    x =
      writeWord(drawing, part, x, y + 1.5, { ...hand, height: hand.height * 1.15 }, random) +
      hand.height * 0.9
  }
}

/** Two axes and a curve, drawn by hand. */
function drawSketch(drawing: Drawing, y: number, hand: Hand, random: Random): void {
  const left = marginX + 60 + random() * 60
  const height = 3.4 * line
  const wobble = () => (random() - 0.5) * 1.6
  const way = (points: readonly (readonly [number, number])[]) =>
    drawStroke(
      drawing,
      points.map(([px, py]) => [left + px + wobble(), y + py + wobble()] as const),
      hand,
      random,
    )
  way([[-14, 8], [60, 9], [120, 8], [185, 9]]) // biome-ignore format: a curve
  way([[178, 13], [186, 9], [178, 5]]) // biome-ignore format: a curve
  way([[0, -4], [1, height / 2], [0, height]]) // biome-ignore format: a curve
  way([[-4, height - 8], [0, height], [5, height - 8]]) // biome-ignore format: a curve
  const bend = 0.5 + random()
  way(
    Array.from({ length: 12 }, (_, i) => [
      8 + i * 13,
      14 + (height - 26) * (0.5 + 0.5 * Math.sin(i * 0.55 * bend)),
    ]),
  )
  writeWord(drawing, 'x', left + 178, y - 8, hand, random)
  writeWord(drawing, 'y', left - 14, y + height - 8, hand, random)
}
