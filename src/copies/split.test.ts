import { describe, expect, it } from 'vitest'
import { cutScan, findNumberProblems, isIncomplete, type ScannedPage } from './split.ts'

/** Pages as words: `1.2` is page 2 of copy 1, `1.` copy 1 without a number, `-` no code, `x` unreadable, `f` another exam. */
function pages(words: string): ScannedPage[] {
  return words.split(' ').map((word, batchPageIndex) => {
    const [group, number] = word.split('.')
    const isCoded = word.includes('.')
    return {
      batchPageIndex,
      group: isCoded ? Number(group) : word === 'f' ? 99 : null,
      number: isCoded && number ? Number(number) : word === 'f' ? 1 : null,
      isRead: word !== 'x',
      isForeign: word === 'f',
    }
  })
}

describe('cutting a scan', () => {
  it('makes one copy of all that can be read', () => {
    expect(cutScan('one-copy', pages('- - x -'), null)).toMatchObject({ copies: [[0, 1, 3]] })
    expect(cutScan('one-copy', pages('x x'), null).copies).toEqual([])
  })

  it('cuts every so many pages, and leaves a rest unresolved; a page that cannot be read keeps its place', () => {
    expect(cutScan('fixed', pages('- - - x - - -'), 3).copies).toEqual([
      [0, 1, 2],
      [4, 5],
    ])
  })

  it('begins a copy with each code of a first page', () => {
    expect(cutScan('code-first', pages('- 1.1 - 2. - - 3.1 f'), null)).toEqual({
      copies: [[1, 2], [3, 4, 5], [6]],
      pagesExpected: null,
      flags: new Map([
        [0, 'before-first-cover'],
        [7, 'foreign-exam'],
      ]),
    })
  })

  it('names the first page that a copy has beyond what most have: its own cover may be unreadable', () => {
    const { copies, flags } = cutScan('code-first', pages('1.1 - 2.1 - - - 3.1 - 4.1'), null)
    expect(copies).toEqual([[0, 1], [2, 3, 4, 5], [6, 7], [8]])
    expect(flags).toEqual(new Map([[4, 'longer-than-usual']]))
    expect(cutScan('code-first', pages('1.1 2.1 - -'), null).flags).toEqual(new Map())
  })

  it('expects as many pages as most copies have, whatever one has besides', () => {
    const expected = (scan: string) => cutScan('code-every', pages(scan), null).pagesExpected
    expect(expected('1.1 1.2 2.1 2.2 2.3 3.1 3.2')).toBe(2)
    expect(expected('1.1 1.2 2.1 2.2 2.3')).toBe(3)
    expect(expected('- x')).toBe(null)
  })

  it('does not begin a copy with the code of a later page', () => {
    expect(cutScan('code-first', pages('1.1 1.2 2.1 2.2'), null).copies).toEqual([
      [0, 1],
      [2, 3],
    ])
  })

  it('gathers the pages of each copy by their codes, in the order of their numbers', () => {
    expect(cutScan('code-every', pages('2.2 1.1 - 2.1 1.3 1.1 x f 2.'), null)).toEqual({
      copies: [
        [3, 0],
        [1, 4],
      ],
      pagesExpected: 3,
      flags: new Map([
        [2, 'no-code'],
        [5, 'duplicate-number'],
        [7, 'foreign-exam'],
        [8, 'no-code'],
      ]),
    })
  })
})

describe('the numbers of a copy', () => {
  it.each([
    ['whole', [1, 2, 3], 3, { missing: [], duplicate: [], extra: [], isOutOfOrder: false }, false],
    ['missing', [1, 3], 3, { missing: [2], duplicate: [], extra: [], isOutOfOrder: false }, true],
    ['twice', [1, 2, 2, 3], 3, { missing: [], duplicate: [2], extra: [], isOutOfOrder: false }, true],
    ['one too many', [1, 2, 3, 4], 3, { missing: [], duplicate: [], extra: [4], isOutOfOrder: false }, true],
    ['shuffled', [2, 1, 3], 3, { missing: [], duplicate: [], extra: [], isOutOfOrder: true }, false],
    [
      'with a sheet of its own',
      [1, null, 2],
      2,
      { missing: [], duplicate: [], extra: [], isOutOfOrder: false },
      false,
    ],
    [
      'without codes',
      [null, null],
      null,
      { missing: [], duplicate: [], extra: [], isOutOfOrder: false },
      false,
    ],
  ])('%s', (_, numbers, expected, problems, incomplete) => {
    const found = findNumberProblems(numbers, expected)
    expect(found).toEqual(problems)
    expect(isIncomplete(found)).toBe(incomplete)
  })
})
