import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { lockAndScore, makeReadyCopy, until } from '../support/builders.ts'
import { freezeEngines, freezeReady, killEngines, thawEngines } from './engines.ts'
import type { Fault } from './fault.ts'
import type { World } from './world.ts'

/** A copy whose marking is done, by the first marker. */
type MarkedCopy = { readonly id: string; readonly path: string; readonly lockToken: string }

async function markCopy(world: World): Promise<MarkedCopy> {
  const path = await makeReadyCopy(await world.newExam())
  return { id: path.split('/').at(-1) ?? '', path, lockToken: await lockAndScore(world.markers[0], path) }
}

async function finalize(world: World, { path, lockToken }: MarkedCopy): Promise<void> {
  const { status } = await world.markers[0].post(`${path}/finalize`, { lockToken })
  if (status !== 202) throw new Error(`the finalization was answered ${status}`)
}

function hasStatus(world: World, path: string, status: string): () => Promise<boolean> {
  return async () => (await world.admin.get(`${path}/finalize`)).body.status === status
}

async function awaitFailure(world: World, path: string): Promise<void> {
  const hasFailed = hasStatus(world, path, 'GRADING_FAILED')
  await until(async () => ((await hasFailed()) ? true : undefined), 60_000)
}

type Parts = Pick<Fault, 'cause' | 'how' | 'alert' | 'act'> & {
  /** Makes the finalization of the copy fail; returns what undoes it. */
  readonly fail: (world: World, copy: MarkedCopy) => Promise<() => Promise<void>>
  readonly correct?: (world: World, copy: MarkedCopy) => Promise<void>
}

/** A fault of one copy, which is over once the copy is graded. */
function finalizationFault({ fail, correct, ...named }: Parts): Fault {
  let copy: MarkedCopy | undefined
  const marked = () => {
    if (copy === undefined) throw new Error('the fault has not been injected')
    return copy
  }
  return {
    scenario: 'finalization-failing',
    ...named,
    ...(correct ? { act: (world) => correct(world, marked()) } : {}),
    inject: async (world) => {
      copy = await markCopy(world)
      return fail(world, copy)
    },
    isOver: (world) => hasStatus(world, marked().path, 'GRADED')(),
  }
}

export const FINALIZATION_FAULTS: readonly Fault[] = [
  finalizationFault({
    cause: 'engine-error',
    how: 'killed',
    alert: 'ParaphFinalizationFailing',
    fail: async (world, copy) => {
      await finalize(world, copy)
      await killEngines(world, hasStatus(world, copy.path, 'GRADING_FAILED'))
      return async () => undefined
    },
  }),
  finalizationFault({
    cause: 'undrawable-annotation',
    how: 'row-changed',
    alert: 'ParaphCopiesFailed',
    fail: async (world, copy) => {
      const ink = { kind: 'ink', pageNumber: 1, strokes: [[{ x: 0.2, y: 0.2 }]] }
      const { lockToken, path } = copy
      const { body } = await world.markers[0].post(`${path}/annotations`, { lockToken, body: ink })
      await world.owner(`update annotation set strokes = '[{"x": 0.2}]' where id = $1`, [body.id])
      await finalize(world, copy)
      await awaitFailure(world, path)
      return async () => undefined
    },
    correct: async (world, { path }) => {
      const [marker] = world.markers
      await marker.post(`${path}/unlock`)
      const { token: lockToken } = (await marker.post(`${path}/lock`)).body
      const { annotations } = (await marker.get(`${path}/annotations`)).body
      for (const { id, version } of annotations) {
        await marker.call('DELETE', `${path}/annotations/${id}`, { lockToken, version })
      }
      await marker.post(`${path}/finalize`, { lockToken })
    },
  }),
  finalizationFault({
    cause: 'finalize-timeout',
    how: 'frozen',
    alert: 'ParaphFinalizationFailing',
    fail: async (world, copy) => {
      await until(async () => ((await freezeReady(world)) ? true : undefined))
      await finalize(world, copy)
      await freezeEngines(world, hasStatus(world, copy.path, 'GRADING_FAILED'))
      return async () => thawEngines(world)
    },
    correct: async (world) => thawEngines(world),
  }),
  missingBlob(),
  finalizationFault({
    cause: 'retries-exhausted',
    how: 'right-revoked',
    alert: 'ParaphCopiesFailed',
    // A right that somebody has taken away: the result can be written by none of the three attempts.
    fail: async (world, copy) => {
      await world.owner('revoke insert on grading_result from paraph_app')
      await finalize(world, copy)
      await awaitFailure(world, copy.path)
      return () => grantResults(world)
    },
    correct: grantResults,
  }),
]

async function grantResults(world: World): Promise<void> {
  await world.owner('grant insert on grading_result to paraph_app')
}

/** The scan of the copy is taken out of the data folder, and put back as from a backup. */
function missingBlob(): Fault {
  let putBack: () => void = () => undefined
  return finalizationFault({
    cause: 'missing-blob',
    how: 'file-moved',
    alert: 'ParaphCopiesFailed',
    fail: async (world, copy) => {
      const [row] = await world.owner<{ sha256: string }>(
        'select original_sha256 as sha256 from copy where id = $1',
        [copy.id],
      )
      const sha256 = row?.sha256 ?? ''
      const stored = join(world.dataDirectory, 'blobs', sha256.slice(0, 2), sha256)
      const away = join(world.dataDirectory, '..', `${sha256}.away`)
      renameSync(stored, away)
      putBack = () => {
        renameSync(away, stored)
        putBack = () => undefined
      }
      await finalize(world, copy)
      await awaitFailure(world, copy.path)
      return async () => putBack()
    },
    correct: async () => putBack(),
  })
}
