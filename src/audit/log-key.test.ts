import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { loadOwnLog, newLogKeyText, parseLogKeyText } from './log-key.ts'
import { COSIGNATURE_V1, generateSkey } from './tlog/note-key.ts'

const root = mkdtempSync(join(tmpdir(), 'paraph-log-key-'))
let made = 0
let folder = ''
const file = (name: string) => join(folder, name)
const code = (name: string) => expect.objectContaining({ code: name })

/** Puts another key in the place of `log.key`, which stays as an old one made at `seconds`. */
function replaceKey(seconds: number): void {
  const old = readFileSync(file('log.key'), 'utf8')
  const [, , , id] = old.split('+')
  copyFileSync(file('log.key'), file(`log.${id}.old.key`))
  utimesSync(file(`log.${id}.old.key`), seconds, seconds)
  writeFileSync(file('log.key'), newLogKeyText(loadOwnLog(folder).origin))
}

describe('the key of the log', () => {
  beforeEach(() => {
    made += 1
    folder = join(root, String(made))
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  it('is made on the first start, for nobody else to read, and is the same on every later one', () => {
    const first = loadOwnLog(folder)
    expect(statSync(file('log.key')).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(loadOwnLog(folder).vkeys).toEqual(first.vkeys)
  })

  it('gives the log a name that no host can have, unless the settings name it', () => {
    expect(loadOwnLog(folder).origin).toMatch(/^paraph\.invalid\/[0-9a-f]{16}$/)
    folder = join(root, 'named')
    expect(loadOwnLog(folder, 'log.example.org/marks').origin).toBe('log.example.org/marks')
    expect(loadOwnLog(folder).origin).toBe('log.example.org/marks')
  })

  it('is refused under another name than that of its first start, and stays', () => {
    loadOwnLog(folder, 'log.example.org/marks')
    const text = readFileSync(file('log.key'), 'utf8')
    expect(() => loadOwnLog(folder, 'log.example.org/other')).toThrow(code('log-origin-differs'))
    expect(readFileSync(file('log.key'), 'utf8')).toBe(text)
  })

  it('signs with the key before it as well, and knows all that were before', () => {
    const {
      origin,
      vkeys: [oldest],
    } = loadOwnLog(folder)
    replaceKey(1_000)
    const {
      vkeys: [middle],
    } = loadOwnLog(folder)
    replaceKey(2_000)
    const log = loadOwnLog(folder)
    expect(log.vkeys).toEqual([expect.anything(), middle, oldest])
    expect(log.signers.map(({ keyId }) => keyId)).toEqual(log.verifiers.slice(0, 2).map(({ keyId }) => keyId))
    expect(new Set(log.vkeys).size).toBe(3)
    expect(log.origin).toBe(origin)
  })

  it('counts once when a rotation broke off after the old one got its other name', () => {
    const log = loadOwnLog(folder)
    const id = log.vkeys[0]?.split('+')[1]
    linkSync(file('log.key'), file(`log.${id}.old.key`))
    expect(loadOwnLog(folder).vkeys).toEqual(log.vkeys)
    expect(loadOwnLog(folder).signers).toHaveLength(1)
  })

  it('is refused together with an old one of another log', () => {
    loadOwnLog(folder, 'log.example.org/marks')
    writeFileSync(file('log.00000000.old.key'), newLogKeyText('log.example.org/other'), { mode: 0o600 })
    expect(() => loadOwnLog(folder)).toThrow(code('log-origin-differs'))
  })

  it.each([
    ['nothing', ''],
    ['a word', 'key\n'],
    ['the key of a witness', `${generateSkey('log.example.org/marks', COSIGNATURE_V1)}\n`],
  ])('is refused when its file holds %s', (_, text) => {
    loadOwnLog(folder)
    writeFileSync(file('log.key'), text)
    expect(() => loadOwnLog(folder)).toThrow(code('keys-unusable'))
  })

  it('is refused when others could read it', () => {
    loadOwnLog(folder)
    chmodSync(file('log.key'), 0o640)
    expect(() => loadOwnLog(folder)).toThrow(code('keys-readable-by-others'))
  })

  it('is read back from its text', () => {
    expect(parseLogKeyText(newLogKeyText('log.example.org/marks'), 'log.key').name).toBe(
      'log.example.org/marks',
    )
  })
})
