import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { reportFailure } from '../../src/bin/failure.ts'
import { toProblem } from '../../src/http/problem.ts'
import { log } from '../../src/observability/log.ts'
import { writeLibraryLog } from '../../src/people/auth-log.ts'
import { AppError } from '../../src/platform/errors.ts'
import { newId } from '../../src/platform/ids.ts'
import { FOREIGN_ERRORS } from './foreign-errors.ts'
import { MADE_ERRORS } from './made-errors.ts'
import type { Vector } from './vector.ts'
import type { World } from './world.ts'

/** Gives an error to everything that may speak of one; returns what the log has said. */
async function tellEverybody(world: World, error: unknown): Promise<string> {
  for (const level of ['debug', 'info', 'warning', 'error', 'critical'] as const)
    log.app[level]('http.failed', {}, error)
  writeLibraryLog('error', inspect(error), error)
  for (const told of [error, new AppError('internal', { title: 'No.', cause: error })]) {
    log.jobs.error('job.failed', { 'error.code': 'internal' }, told)
    reportFailure(told)
    const problem = JSON.stringify(toProblem(told, newId()))
    world.ledger.add({ name: 'a problem document', content: problem })
  }
  const line = await world.line('http.failed')
  return [line['exception.type'], line['error.code']].filter(Boolean).join(' ')
}

async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    return error
  }
}

export const ERROR_VECTORS: readonly Vector<World>[] = [...FOREIGN_ERRORS, ...MADE_ERRORS].map(
  ([name, path, outcome, work]) => ({
    name,
    path,
    outcome,
    provoke: async (world, canary) => {
      const folder = mkdtempSync(join(tmpdir(), 'paraph-leak-'))
      try {
        return await tellEverybody(world, await thrownBy(() => work(canary, folder)))
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  }),
)
