import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { simulateLog } from '../../test/support/simulated-log.ts'
import { makeWitnessFolder, removeWitnessFolders } from '../../test/support/witness-room.ts'
import { COSIGNATURE_V1, formatVkey, generateSkey, parseSkey } from './tlog/note-key.ts'
import { claimWitnessFolder, type WitnessFolder } from './witness-folder.ts'
import { loadWitnessKey } from './witness-key.ts'
import { keepLogs } from './witnessed-logs.ts'

const log = simulateLog()
const renewed = simulateLog()
const other = simulateLog('example.org/other')

let folder: WitnessFolder
let keysDirectory: string
beforeEach(() => {
  const root = makeWitnessFolder()
  folder = claimWitnessFolder(join(root, 'state'))
  keysDirectory = join(root, 'keys')
})
afterEach(() => folder.release())
afterAll(removeWitnessFolders)

const keep = (...vkeys: string[]) => keepLogs(folder, { vkeys, keysDirectory })
const file = () => join(folder.path, 'logs')

describe('the logs of a witness', () => {
  it('are those that it was given last', async () => {
    const given = await keep(log.vkey, other.vkey)
    expect(given.map(({ origin }) => origin)).toEqual(['example.org/log', 'example.org/other'])
    loadWitnessKey(keysDirectory)
    expect((await keep()).map(({ origin }) => origin)).toEqual(['example.org/log', 'example.org/other'])
    await keep(other.vkey)
    expect((await keep()).map(({ origin }) => origin)).toEqual(['example.org/other'])
    expect(readFileSync(file(), 'utf8')).toBe(`${other.vkey}\n`)
  })

  it('may have two keys, the old one and the new one', async () => {
    const [only, ...rest] = await keep(log.vkey, renewed.vkey)
    expect(rest).toEqual([])
    expect(only?.verifiers.map(({ keyId }) => keyId)).toEqual(
      [log, renewed].map(({ identity }) => identity.verifiers[0]?.keyId),
    )
  })

  it.each([
    ['nothing', []],
    ['a text that is no key', ['example.org/log']],
    ['a key cut short', [log.vkey.slice(0, -2)]],
    ['the key of a witness', [formatVkey(parseSkey(generateSkey('example.org/witness', COSIGNATURE_V1)))]],
    ['one key that is none', [log.vkey, '']],
  ])('cannot be %s', async (_, vkeys) => {
    await expect(keep(...vkeys)).rejects.toMatchObject({ code: 'invalid-settings' })
  })

  it('are refused when what was kept is damaged, until they are named again', async () => {
    await keep(log.vkey)
    appendFileSync(file(), 'x\n')
    await expect(keep()).rejects.toMatchObject({ code: 'witness-state-unusable' })
    writeFileSync(file(), '')
    await expect(keep()).rejects.toMatchObject({ code: 'witness-state-unusable' })
    expect(await keep(log.vkey)).toHaveLength(1)
  })
})

it('a witness whose folder is gone does not begin anew under the same key', async () => {
  await keep(log.vkey)
  loadWitnessKey(keysDirectory)
  rmSync(file())
  await expect(keep(log.vkey)).rejects.toMatchObject({ code: 'witness-state-unusable' })
  rmSync(join(keysDirectory, 'witness.key'))
  expect(await keep(log.vkey)).toHaveLength(1)
})
