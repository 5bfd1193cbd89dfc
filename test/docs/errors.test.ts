import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { STATUS_OF_CODE } from '../../src/http/problem.ts'
import { CATALOGUE, findCodes, findIndirect, INDIRECT, writeIndex, writePage } from './error-pages.ts'

const FOLDER = resolve(import.meta.dirname, '../../docs/errors')
const sightings = findCodes()
const raised = new Set([...sightings.map(({ code }) => code), ...Object.keys(STATUS_OF_CODE), 'internal'])
const codes = Object.keys(CATALOGUE)

describe('the error codes', () => {
  it('are found in the source, wherever errors are made', () => {
    expect(sightings.length).toBeGreaterThan(100)
    for (const code of ['lock-expired', 'encrypted', 'weak-password', 'worker-lost', 'no-session']) {
      expect(raised).toContain(code)
    }
    expect(findIndirect()).toEqual(INDIRECT)
  })

  it('all have a page, and no page is about a code that nothing raises', () => {
    expect(codes.toSorted()).toEqual([...raised].toSorted())
  })

  it('with a status are raised by something, not only promised', () => {
    const seen = new Set(sightings.map(({ code }) => code))
    expect(Object.keys(STATUS_OF_CODE).filter((code) => !seen.has(code))).toEqual(RAISED_BY_THE_STATE_MACHINE)
  })

  it.each(codes)('%s is told in docs/errors', async (code) => {
    await expect(writePage(code, sightings)).toMatchFileSnapshot(`${FOLDER}/${code}.md`)
  })

  it('are listed, and nothing else lies in the folder', async () => {
    await expect(writeIndex()).toMatchFileSnapshot(`${FOLDER}/README.md`)
    const files = readdirSync(FOLDER).toSorted()
    expect(files).toEqual([...codes.map((code) => `${code}.md`), 'README.md'].toSorted())
  })
})

/** Chosen in an expression of `copies/status.ts`. */
const RAISED_BY_THE_STATE_MACHINE = ['not-locked']
