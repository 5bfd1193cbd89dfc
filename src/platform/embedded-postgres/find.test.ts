import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  makeTemporaryFolder,
  newDirectory,
  removeTemporaryFolders,
} from '../../../test/support/postgres-trial.ts'
import { findEmbeddedPostgres, startEmbeddedPostgres } from '../embedded-postgres.ts'

afterAll(removeTemporaryFolders)

describe('looking for the embedded PostgreSQL', () => {
  it('finds none where there is none, and makes nothing', async () => {
    const directory = newDirectory()
    expect(await findEmbeddedPostgres(directory)).toEqual({ state: 'absent' })
    expect(existsSync(directory)).toBe(false)
    expect(await findEmbeddedPostgres(makeTemporaryFolder())).toEqual({ state: 'absent' })
  })

  it('gives the connection to one that runs, and leaves alone what a dead one left', async () => {
    const directory = newDirectory()
    const pidFile = join(directory, 'data', 'postmaster.pid')
    const server = await startEmbeddedPostgres({ directory })
    const note = readFileSync(pidFile, 'utf8')
    const { app, integrator, eraser } = server.urls
    const found = { state: 'running', urls: { app, integrator, eraser } }
    expect(await findEmbeddedPostgres(directory)).toEqual(found)
    // As a Paraph left it that did not have the login yet.
    rmSync(join(directory, 'secrets', 'paraph_eraser.password'))
    const older = { ...found, urls: { app, integrator, eraser: undefined } }
    expect(await findEmbeddedPostgres(directory)).toEqual(older)
    await server.stop()
    expect(await findEmbeddedPostgres(directory)).toEqual({ state: 'stopped' })
    writeFileSync(pidFile, note)
    expect(await findEmbeddedPostgres(directory)).toEqual({ state: 'stopped' })
    expect(readFileSync(pidFile, 'utf8')).toBe(note)
  })

  it('refuses a folder that holds the database of another version', async () => {
    const directory = makeTemporaryFolder()
    mkdirSync(join(directory, 'data'))
    writeFileSync(join(directory, 'data', 'PG_VERSION'), '9\n')
    await expect(findEmbeddedPostgres(directory)).rejects.toMatchObject({ code: 'database-version-mismatch' })
  })
})
