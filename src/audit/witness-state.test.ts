import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { simulateLog } from '../../test/support/simulated-log.ts'
import { canMount, fillDisk, mountDisk, unmountDisks } from '../../test/support/small-disk.ts'
import { makeWitnessFolder, openWitness, removeWitnessFolders } from '../../test/support/witness-room.ts'
import { openCheckpoint } from './tlog/checkpoint.ts'
import { cosignatureVerifier } from './tlog/cosignature.ts'
import { latestCheckpointPath } from './tlog/witness-protocol.ts'

const log = simulateLog()
const other = simulateLog('example.org/other')
const PATH = latestCheckpointPath(log.identity.origin)
const OTHER_PATH = latestCheckpointPath(other.identity.origin)
const vkeys = [log.vkey]

let root: string
let state: string
beforeEach(() => {
  root = makeWitnessFolder()
  state = join(root, 'state')
})
afterAll(() => {
  unmountDisks()
  removeWitnessFolders()
})

/** Has a checkpoint of this size cosigned by the witness in `root`, which then ends. */
async function cosignOnce(oldSize: number, size: number, at = root): Promise<string> {
  const witness = await openWitness(at, { vkeys })
  const answer = await witness.cosign(Buffer.from(log.requestOf(oldSize, size)))
  witness.release()
  expect(answer.status).toBe(200)
  return answer.body
}

describe('what a witness cosigned', () => {
  it('is there again after its end, word by word, with both signatures', async () => {
    const cosignature = await cosignOnce(0, 7)
    const witness = await openWitness(root, { vkeys })
    const note = witness.state.noteAt(PATH) ?? ''
    expect(note).toBe(`${log.checkpointOf(7)}${cosignature}`)
    expect(openCheckpoint(note, log.identity, [cosignatureVerifier(witness.key)]).cosignatures).toHaveLength(
      1,
    )
    expect(witness.state.latestOf(log.identity.origin)).toMatchObject({ size: 7 })
    expect(readFileSync(join(state, PATH), 'utf8')).toBe(note)
    witness.release()
  })

  it('is the last of each log, and nothing else remains', async () => {
    const witness = await openWitness(root, { vkeys: [log.vkey, other.vkey] })
    await witness.cosign(Buffer.from(log.requestOf(0, 7)))
    await witness.cosign(Buffer.from(other.requestOf(0, 50)))
    await witness.cosign(Buffer.from(log.requestOf(7, 8)))
    witness.release()
    const again = await openWitness(root)
    expect(again.state.latestOf(log.identity.origin)).toMatchObject({ size: 8 })
    expect(again.state.latestOf(other.identity.origin)).toMatchObject({ size: 50 })
    expect(again.state.latestOf('example.org/third')).toBeUndefined()
    again.release()
    const files = readdirSync(state, { recursive: true, encoding: 'utf8' }).toSorted()
    const folders = [PATH, OTHER_PATH].map(dirname)
    expect(files).toEqual([PATH, OTHER_PATH, ...folders, 'logs', 'witness.lock'].toSorted())
  })

  it('is remembered of a log that is no longer cosigned', async () => {
    await cosignOnce(0, 7)
    const witness = await openWitness(root, { vkeys: [other.vkey] })
    expect(witness.state.latestOf(log.identity.origin)).toMatchObject({ size: 7 })
    witness.release()
  })

  it('is for the owner of the folder alone', async () => {
    await cosignOnce(0, 7)
    const modes = ['.', dirname(PATH), PATH, 'logs', 'witness.lock'].map((name) =>
      (statSync(join(state, name)).mode & 0o777).toString(8),
    )
    expect(modes).toEqual(['700', '700', '600', '600', '600'])
  })

  it('is not disturbed by what a killed witness left in the making', async () => {
    await cosignOnce(0, 7)
    writeFileSync(join(state, `${PATH}.new`), log.checkpointOf(50).slice(0, 20))
    mkdirSync(join(state, `${dirname(OTHER_PATH)}.new`))
    const witness = await openWitness(root, { vkeys: [log.vkey, other.vkey] })
    expect(await witness.cosign(Buffer.from(log.requestOf(7, 8)))).toMatchObject({ status: 200 })
    expect(await witness.cosign(Buffer.from(other.requestOf(0, 9)))).toMatchObject({ status: 200 })
    witness.release()
    await cosignOnce(8, 9)
  })
})

describe('a damaged state', () => {
  const file = () => join(state, PATH)
  const flip = (index: number) => {
    const bytes = readFileSync(file())
    bytes.writeUInt8(bytes.readUInt8(index) ^ 0x01, index)
    writeFileSync(file(), bytes)
  }
  const lengthOf = () => readFileSync(file()).length
  const elsewhere = async (keys: string) => {
    const strange = makeWitnessFolder()
    await cosignOnce(0, 3, strange)
    cpSync(join(strange, keys), join(root, keys), { recursive: true })
  }

  it.each<[string, () => void | Promise<void>]>([
    ['an empty file', () => truncateSync(file(), 0)],
    ['a file that is cut short', () => truncateSync(file(), lengthOf() - 1)],
    ['no file', () => rmSync(file())],
    [
      'a folder in its place',
      () => {
        rmSync(file())
        mkdirSync(file())
      },
    ],
    ['another size', () => writeFileSync(file(), readFileSync(file(), 'utf8').replace('\n7\n', '\n6\n'))],
    ['the checkpoint of the log without the cosignature', () => writeFileSync(file(), log.checkpointOf(7))],
    ['bytes that are no text', () => writeFileSync(file(), Buffer.from([0xff, 0xfe]))],
    [
      'the folder of another log',
      () => renameSync(join(state, dirname(PATH)), join(state, dirname(OTHER_PATH))),
    ],
    ['the cosignature of another witness', () => elsewhere('state')],
    ['another key', () => elsewhere('keys')],
  ])('is refused, and never taken for none: %s', async (_, damage) => {
    await cosignOnce(0, 7)
    await damage()
    await expect(openWitness(root, { vkeys })).rejects.toMatchObject({ code: 'witness-state-unusable' })
  })

  it('is refused wherever a byte of the note was changed', async () => {
    await cosignOnce(0, 7)
    const whole = readFileSync(file())
    for (let index = 0; index < whole.length; index += 1) {
      writeFileSync(file(), whole)
      flip(index)
      await expect(openWitness(root), String(index)).rejects.toMatchObject({ code: 'witness-state-unusable' })
    }
    writeFileSync(file(), whole)
    ;(await openWitness(root)).release()
  })

  it('is refused when others can read it', async () => {
    await cosignOnce(0, 7)
    chmodSync(state, 0o750)
    await expect(openWitness(root)).rejects.toMatchObject({
      code: 'witness-state-unusable',
      title: expect.stringContaining('chmod 700'),
    })
  })

  it('is refused when it cannot be made', async () => {
    writeFileSync(state, '')
    await expect(openWitness(root, { vkeys })).rejects.toMatchObject({ code: 'witness-state-unusable' })
  })
})

it('a state folder is for one witness at a time', async () => {
  const first = await openWitness(root, { vkeys })
  await expect(openWitness(root, { vkeys })).rejects.toMatchObject({ code: 'already-running' })
  first.release()
  ;(await openWitness(root)).release()
})

describe.skipIf(!canMount)('on a full disk', () => {
  it('nothing is cosigned, what was cosigned stays, and a restart is possible', async () => {
    const disk = mountDisk('size=64k')
    await cosignOnce(0, 7, disk)
    const witness = await openWitness(disk, { vkeys: [log.vkey] })
    const before = readFileSync(join(disk, 'state', PATH), 'utf8')
    const ballast = fillDisk(disk)
    for (let tries = 0; tries < 3; tries += 1) {
      const asked = witness.cosign(Buffer.from(log.requestOf(7, 20)))
      await expect(asked).rejects.toMatchObject({ code: 'storage-full' })
    }
    expect(readFileSync(join(disk, 'state', PATH), 'utf8')).toBe(before)
    expect(readdirSync(join(disk, 'state', dirname(PATH)))).toEqual(['checkpoint'])
    expect(witness.state.noteAt(PATH)).toBe(before)
    const conflict = await witness.cosign(Buffer.from(log.requestOf(20, 21)))
    expect(conflict).toMatchObject({ status: 409, body: '7\n' })
    witness.release()

    const again = await openWitness(disk, { vkeys: [log.vkey] })
    rmSync(ballast)
    expect(await again.cosign(Buffer.from(log.requestOf(7, 20)))).toMatchObject({ status: 200 })
    again.release()
  })

  it('a first checkpoint is not kept by half', async () => {
    const disk = mountDisk('size=64k')
    const witness = await openWitness(disk, { vkeys })
    const ballast = fillDisk(disk)
    const asked = witness.cosign(Buffer.from(log.requestOf(0, 7)))
    await expect(asked).rejects.toMatchObject({ code: 'storage-full' })
    witness.release()
    const again = await openWitness(disk)
    expect(again.state.latestOf(log.identity.origin)).toBeUndefined()
    rmSync(ballast)
    expect(await again.cosign(Buffer.from(log.requestOf(0, 7)))).toMatchObject({ status: 200 })
    again.release()
  })
})
