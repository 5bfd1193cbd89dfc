import type { FastifyInstance } from 'fastify'
import { hasLogKey, loadOwnLog } from '../audit/log-key.ts'
import { logRoutes } from '../audit/log-routes.ts'
import { type ProofDeps, proveEvent } from '../audit/prove.ts'
import { createRecordDenial } from '../audit/record-denial.ts'
import { createRecordRead } from '../audit/record-read.ts'
import { auditRoutes } from '../audit/routes.ts'
import { openTileFiles } from '../audit/tile-files.ts'
import { performImport, recordLostImport } from '../copies/import.ts'
import { importBatchJob } from '../copies/import-job.ts'
import { copyRoutes } from '../copies/routes.ts'
import { isAssigned } from '../copies/store.ts'
import { examRoutes } from '../exams/routes.ts'
import { isMarkerOf } from '../exams/store.ts'
import { buildServer } from '../http/server.ts'
import { performFinalization, recordLostFinalization } from '../marking/finalize.ts'
import { finalizeCopyJob } from '../marking/finalize-job.ts'
import type { RenderMarkedPdf } from '../marking/render.ts'
import { markingRoutes } from '../marking/routes.ts'
import type { Id } from '../observability/id.ts'
import { operationsRoutes } from '../operations/routes.ts'
import type { EnginePool } from '../pdf/engine-pool.ts'
import { createAuth } from '../people/auth.ts'
import { authRoutes, peopleRoutes } from '../people/routes.ts'
import { findSession } from '../people/session.ts'
import { findAccount, takeStreamPosition } from '../people/store.ts'
import type { Config } from '../platform/config.ts'
import { defineHandler, type JobHandler } from '../queue/run.ts'
import { composeOperations } from './operations-room.ts'
import { readinessChecks } from './readiness.ts'
import type { Services } from './services.ts'

/** The HTTP application with every room mounted, not yet listening. `origins` may change state from a browser. */
export function composeApi(
  services: Services,
  options: { config: Config; origins: readonly string[]; version: string; logPaths?: readonly string[] },
): Promise<FastifyInstance> {
  const { db, keys, appendEvent } = services
  const auth = createAuth({ db, keys, origins: options.origins })
  const people = { db, auth, keys, appendEvent }
  const accountStreams = { db, appendEvent, takeAccountPosition: takeStreamPosition }
  const rooms = {
    ...services,
    recordRead: createRecordRead(accountStreams),
    findAccount: (accountId: Id) => findAccount(db, accountId),
    lockSeconds: options.config.lockSeconds,
  }
  const checks = readinessChecks(services, options.config, options.logPaths)
  return buildServer({
    routes: [
      ...peopleRoutes(people),
      ...examRoutes(rooms),
      ...copyRoutes(rooms),
      ...markingRoutes(rooms),
      ...auditRoutes({ ...rooms, proveEvent: createProver(db, options.config) }),
      ...operationsRoutes(composeOperations(services, options.config, checks)),
      ...logRoutes({
        tlogDirectory: options.config.tlogDirectory,
        isPublic: options.config.tlogIsPublic,
        recordRead: rooms.recordRead,
      }),
    ],
    rawRoutes: authRoutes(people),
    findSession: (headers) => findSession({ auth }, headers),
    ownership: {
      'assigned-copy': async ({ role, accountId }, { copyId }) =>
        role !== 'marker' || (copyId !== undefined && isAssigned(db, copyId, accountId)),
      'exam-marker': async ({ role, accountId }, { examId }) =>
        role !== 'marker' || (examId !== undefined && isMarkerOf(db, examId, accountId)),
    },
    onDenied: createRecordDenial(accountStreams),
    origins: options.origins,
    limits: { signIns: options.config.signInLimit, requests: options.config.requestLimit },
    trustedProxies: options.config.trustedProxies,
    readiness: checks,
    version: options.version,
  })
}

/** Proves events by the published log. Its key is read each time, since it may be replaced meanwhile. */
function createProver(db: ProofDeps['db'], config: Config) {
  const files = openTileFiles(config.tlogDirectory)
  return async (eventId: string) => {
    if (!hasLogKey(config.keysDirectory)) return 'not-published'
    const log = loadOwnLog(config.keysDirectory, config.logOrigin)
    return proveEvent({ db, log, files }, { eventId })
  }
}

/** The jobs with their handlers. */
export function composeHandlers(
  services: Services,
  options: { pool: EnginePool; renderMarkedPdf: RenderMarkedPdf; workDirectory: string; concurrency: number },
): readonly JobHandler[] {
  const importing = { ...services, pool: options.pool, workDirectory: options.workDirectory }
  const finalizing = { ...services, renderMarkedPdf: options.renderMarkedPdf }
  return [
    defineHandler({
      job: importBatchJob,
      run: (payload, job) => performImport(importing, payload, job),
      onLost: (payload, job) => recordLostImport(importing, payload, job),
      concurrency: options.concurrency,
    }),
    defineHandler({
      job: finalizeCopyJob,
      run: (payload, job) => performFinalization(finalizing, payload, job),
      onLost: (payload, job) => recordLostFinalization(finalizing, payload, job),
      concurrency: options.concurrency,
    }),
  ]
}
