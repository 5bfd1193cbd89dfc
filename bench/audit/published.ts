import { readTree } from '../../src/audit/integrate-store.ts'
import { createPublication } from '../../src/audit/publish.ts'
import { openTileFiles } from '../../src/audit/tile-files.ts'
import { rebuildFromTiles } from '../../src/audit/tlog/rebuild.ts'
import { type VerifyReport, verifyLog } from '../../src/audit/verify.ts'
import { withLogSnapshot } from '../../src/audit/verify-store.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { type Effort, measure } from './effort.ts'
import type { Installation } from './installation.ts'

/** Publishes the whole log, which was published never before: all its files at once. */
export function publishAll({
  integrator: db,
  log,
  keysDirectory,
  tlogDirectory,
}: Installation): Promise<Effort> {
  const files = openTileFiles(tlogDirectory)
  const publication = createPublication({
    db,
    log,
    keysDirectory,
    files,
    witnesses: [],
    clock: systemClock,
  })
  return measure(() => publication.publishOnce())
}

/** Makes the root again out of the published entries. Throws when it is another. */
export async function rebuild({ integrator, tlogDirectory }: Installation): Promise<Effort> {
  const { size, root } = await readTree(integrator)
  const { readTile } = openTileFiles(tlogDirectory)
  return measure(async () => {
    if (!(await rebuildFromTiles(readTile, size)).equals(root)) throw new Error('the tiles have another root')
  })
}

/** `paraph audit verify` without the replay: tables, keys, tiles, checkpoint. Throws at a finding. */
export async function verify(installation: Installation): Promise<Effort & { report: VerifyReport }> {
  const { app, keys, log, tlogDirectory } = installation
  const files = openTileFiles(tlogDirectory)
  const checkpoint = (await files.readCheckpoint()) ?? ''
  let report: VerifyReport | undefined
  const effort = await measure(async () => {
    report = await withLogSnapshot(app, (source) =>
      verifyLog({ source, keys, log, published: { checkpoint, readTile: files.readTile } }),
    )
  })
  if (!report || report.findingCount > 0) throw new Error(`verification found ${report?.findings[0]?.code}`)
  return { ...effort, report }
}
