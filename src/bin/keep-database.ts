import { join } from 'node:path'
import type { Config } from '../platform/config.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../platform/embedded-postgres.ts'
import { SECOND } from '../platform/units.ts'

export type KeptDatabase = {
  readonly urls: {
    readonly app: string
    /** These are undefined for an external server that was given without them. */
    readonly migrate: string | undefined
    readonly integrator: string | undefined
    readonly eraser: string | undefined
  }
  stop(): Promise<void>
}

const LOOK_EVERY_MS = 1 * SECOND

/**
 * The external database of the settings, or the embedded one, which is started again when it ends unasked: clients are
 * answered 503 meanwhile and go on by themselves afterwards. Throws what `startEmbeddedPostgres` throws at the first start.
 */
export async function keepDatabase(config: Config, onStep: (step: string) => void): Promise<KeptDatabase> {
  if (config.databaseUrl) {
    const { databaseUrl: app, migrateUrl: migrate, integratorUrl: integrator, eraserUrl: eraser } = config
    return { urls: { app, migrate, integrator, eraser }, stop: async () => undefined }
  }
  const directory = join(config.dataDirectory, 'postgres')
  onStep('starting the database')
  let server: EmbeddedPostgres = await startEmbeddedPostgres({ directory })
  // Not the superuser's: nothing that runs here needs it.
  const { app, migrate, integrator, eraser } = server.urls
  let restart: Promise<void> | undefined

  async function startAgain(): Promise<void> {
    onStep('the database has ended; starting it again')
    try {
      server = await startEmbeddedPostgres({ directory })
    } catch {
      // The next look tries again: the disk may have room by then.
      onStep('the database does not start; trying again')
    }
  }
  const timer = setInterval(() => {
    if (restart || isRunning(server.pid)) return
    restart = startAgain().finally(() => {
      restart = undefined
    })
  }, LOOK_EVERY_MS)

  return {
    urls: { app, migrate, integrator, eraser },
    stop: async () => {
      clearInterval(timer)
      await restart
      await server.stop()
    },
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // A server under another account answers "not permitted": it is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
