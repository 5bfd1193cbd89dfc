import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { createEnginePool, type EnginePool } from '../../src/pdf/engine-pool.ts'
import { makeTestFolder } from './pdfs.ts'

export type TestEngine = {
  /** For the files that are read. */
  readonly folder: ReturnType<typeof makeTestFolder>
  /** For the images that are written. */
  readonly outputDirectory: string
  readonly pool: EnginePool
}

/** A pool of one real engine process and its folders, until the tests of the file have ended. */
export function openTestEngine(): TestEngine {
  const folder = makeTestFolder()
  const outputDirectory = join(folder.path, 'pages')
  mkdirSync(outputDirectory)
  const pool = createEnginePool({ workDirectory: join(folder.path, 'work'), size: 1 })
  afterAll(async () => {
    await pool.close()
    folder.remove()
  })
  return { folder, outputDirectory, pool }
}
