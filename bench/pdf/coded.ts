import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeCodedScan } from '../../test/support/coded-scans.ts'
import { corpusPath } from '../../test/support/corpus.ts'

/** A file in which codes are looked for, the pattern that they follow, and how many there are to be found. */
export type CodedInput = {
  readonly name: string
  readonly path: string
  readonly pages: number
  readonly pattern: string
  readonly codes: number
}

/** Codes on every page, on first pages only, and on none: a search costs most where it is in vain. */
export async function makeCodedInputs(folder: string): Promise<CodedInput[]> {
  const stack = { seed: 6, copies: 6, pagesPerCopy: 4 }
  const make = async (name: string, codes: number, options: object): Promise<CodedInput> => {
    const path = join(folder, `${name.replaceAll(/\W+/g, '-')}.pdf`)
    writeFileSync(path, (await makeCodedScan({ ...stack, ...options })).pdf)
    return { name, path, pages: 24, pattern: 'demo-{copy}-{page}', codes }
  }
  const real = (name: string, file: string, pages: number, pattern: string, codes: number): CodedInput[] => {
    const path = corpusPath(file)
    return existsSync(path) ? [{ name, path, pages, pattern, codes }] : []
  }
  const midterm = '{exam}-{copy}-{page}'
  return [
    await make('invented, every page', 24, {}),
    await make('invented, every page, some turned', 24, { turned: 0.3 }),
    await make('invented, first pages', 6, { codes: 'first-page' }),
    ...real('real, JPEG, every page', 'markus/midterm_scan_100.pdf', 6, midterm, 6),
    ...real('real, JBIG2, every page', 'markus/midterm_scan_102.pdf', 6, midterm, 6),
    ...real('real, colour, first pages', 'submitty/01_qr_six_6page_colorscan.pdf', 36, '{copy}', 6),
    ...real('real, CCITT, first pages', 'submitty/01_qr_six_6page_scan.pdf', 36, '{copy}', 6),
    ...real('real, handwritten, none', 'correctexam/demo1Copies_masked.pdf', 3, midterm, 0),
  ]
}
