import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cosign, createCosign } from '../../src/audit/cosign.ts'
import { cosignatureVerifier, cosigner } from '../../src/audit/tlog/cosignature.ts'
import { formatVkey, type SignerKey } from '../../src/audit/tlog/note-key.ts'
import { claimWitnessFolder } from '../../src/audit/witness-folder.ts'
import { loadWitnessKey } from '../../src/audit/witness-key.ts'
import { openWitnessState, type WitnessState } from '../../src/audit/witness-state.ts'
import { keepLogs } from '../../src/audit/witnessed-logs.ts'

/** A witness without its server, on a folder of its own. */
export type WitnessInRoom = {
  readonly key: SignerKey
  readonly vkey: string
  readonly state: WitnessState
  readonly cosign: Cosign
  /** As when its process ends. */
  release(): void
}

/** What every cosignature of a test says. */
export const COSIGNED_AT = 1_700_000_000

const folders: string[] = []

/** A folder with room for `state` and `keys`; `removeWitnessFolders` takes them all away. */
export function makeWitnessFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'paraph-witness-'))
  folders.push(folder)
  return folder
}

export function removeWitnessFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

/** Opens the witness in `<root>/state` and `<root>/keys` as the command does. `keep` may stand in for the state's own. */
export async function openWitness(
  root: string,
  {
    vkeys,
    keep,
  }: { vkeys?: readonly string[]; keep?: (own: WitnessState['keep']) => WitnessState['keep'] } = {},
): Promise<WitnessInRoom> {
  const keysDirectory = join(root, 'keys')
  const folder = claimWitnessFolder(join(root, 'state'))
  try {
    const logs = await keepLogs(folder, { vkeys, keysDirectory })
    const key = loadWitnessKey(keysDirectory, 'example.org/witness')
    const state = openWitnessState(folder, { logs, witness: cosignatureVerifier(key) })
    const kept = keep ? { ...state, keep: keep(state.keep) } : state
    const witness = { logs, cosigner: cosigner(key, () => COSIGNED_AT) }
    const cosign = createCosign({ witness, state: kept })
    return { key, vkey: formatVkey(key), state, cosign, release: folder.release }
  } catch (error) {
    folder.release()
    throw error
  }
}
