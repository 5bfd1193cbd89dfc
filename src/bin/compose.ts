import type { FastifyInstance } from 'fastify'
import { hasLogKey, loadOwnLog } from '../audit/log-key.ts'
import { logRoutes } from '../audit/log-routes.ts'
import { proveEvent } from '../audit/prove.ts'
import { proveStream } from '../audit/prove-stream.ts'
import { createRecordDenial } from '../audit/record-denial.ts'
import { createRecordRead } from '../audit/record-read.ts'
import { type AuditDeps, auditRoutes } from '../audit/routes.ts'
import { openTileFiles } from '../audit/tile-files.ts'
import type { UploadSettings } from '../copies/deps.ts'
import { performImport, recordLostImport } from '../copies/import.ts'
import { importBatchJob } from '../copies/import-job.ts'
import { performPreparation } from '../copies/prepare.ts'
import { prepareCopyJob } from '../copies/prepare-job.ts'
import { copyRoutes } from '../copies/routes.ts'
import { isAssigned } from '../copies/store.ts'
import { uploadRoutes } from '../copies/upload-routes.ts'
import { examRoutes } from '../exams/routes.ts'
import { isMarkerOf } from '../exams/store.ts'
import { buildServer } from '../http/server.ts'
import { performFinalization, recordLostFinalization } from '../marking/finalize.ts'
import { finalizeCopyJob } from '../marking/finalize-job.ts'
import { followPages } from '../marking/follow-pages.ts'
import type { RenderMarkedPdf } from '../marking/render.ts'
import { resultRoutes } from '../marking/result-routes.ts'
import { markingRoutes } from '../marking/routes.ts'
import type { Id } from '../observability/id.ts'
import { operationsRoutes } from '../operations/routes.ts'
import type { EnginePool } from '../pdf/engine-pool.ts'
import { createAuth } from '../people/auth.ts'
import { authRoutes, peopleRoutes } from '../people/routes.ts'
import { findSession } from '../people/session.ts'
import { findAccount, takeStreamPosition } from '../people/store.ts'
import { studentRoutes } from '../people/student-routes.ts'
import { mayRead } from '../people/student-store.ts'
import type { Config } from '../platform/config.ts'
import { defineHandler, type JobHandler } from '../queue/run.ts'
import { composeOperations } from './operations-room.ts'
import { readinessChecks } from './readiness.ts'
import type { Services } from './services.ts'

/** The HTTP application with every room mounted, not yet listening. `origins` may change state from a browser. */
export function composeApi(
  services: Services,
  options: {
    config: Config
    origins: readonly string[]
    version: string
    logPaths?: readonly string[]
    webDirectory?: string | undefined
  },
): Promise<FastifyInstance> {
  const { db, keys, appendEvent } = services
  const auth = createAuth({ db, keys, origins: options.origins })
  const people = { db, auth, keys, appendEvent }
  const accountStreams = { db, appendEvent, takeAccountPosition: takeStreamPosition }
  const rooms = {
    ...services,
    recordRead: createRecordRead(accountStreams),
    findAccount: (accountId: Id) => findAccount(db, accountId),
    followPages,
    lockSeconds: options.config.lockSeconds,
    uploads: uploadSettings(options.config),
  }
  const uploads = uploadRoutes(rooms)
  const checks = readinessChecks(services, options.config, options.logPaths)
  return buildServer({
    routes: [
      ...peopleRoutes(people),
      ...studentRoutes(people),
      ...examRoutes(rooms),
      ...copyRoutes(rooms),
      ...uploads.routes,
      ...markingRoutes(rooms),
      ...resultRoutes(rooms),
      ...auditRoutes({ ...rooms, ...createProvers(services, options.config) }),
      ...operationsRoutes(composeOperations(services, options.config, checks)),
      ...logRoutes({
        tlogDirectory: options.config.tlogDirectory,
        isPublic: options.config.tlogIsPublic,
        recordRead: rooms.recordRead,
        readKeys: () => readLogKeys(options.config),
      }),
    ],
    rawRoutes: authRoutes(people),
    protocolRoutes: uploads.protocolRoutes,
    findSession: (headers) => findSession({ auth }, headers),
    ownership: {
      'assigned-copy': async ({ role, accountId }, { copyId }) =>
        role !== 'marker' || (copyId !== undefined && isAssigned(db, copyId, accountId)),
      'exam-marker': async ({ role, accountId }, { examId }) =>
        role !== 'marker' || (examId !== undefined && isMarkerOf(db, examId, accountId)),
      'released-copy': async ({ accountId }, { copyId }) =>
        copyId !== undefined && mayRead(db, accountId, copyId),
    },
    onDenied: createRecordDenial(accountStreams),
    origins: options.origins,
    limits: { signIns: options.config.signInLimit, requests: options.config.requestLimit },
    trustedProxies: options.config.trustedProxies,
    readiness: checks,
    version: options.version,
    webDirectory: options.webDirectory,
  })
}

/** Where uploads lie until they are whole, for how long, and how much room they leave. */
function uploadSettings(config: Config): UploadSettings {
  return {
    directory: config.uploadsDirectory,
    lifetimeMs: config.uploadLifetimeMs,
    reserveBytes: config.diskReserveBytes,
  }
}

/** Proves events by the published log. Its key is read each time, since it may be replaced meanwhile. */
function createProvers({ db, keys }: Services, config: Config) {
  const files = openTileFiles(config.tlogDirectory)
  const proofOf: AuditDeps['proveEvent'] = async (eventId) => {
    if (!hasLogKey(config.keysDirectory)) return 'not-published'
    const log = loadOwnLog(config.keysDirectory, config.logOrigin)
    return proveEvent({ db, log, files }, { eventId })
  }
  return {
    proveEvent: proofOf,
    proveStream: (streamRef: Id) =>
      proveStream({ db, master: keys.master, files, ...readLogKeys(config) }, streamRef),
  }
}

/** None of the log before its key is made. */
function readLogKeys({ keysDirectory, logOrigin, witnesses }: Config) {
  return {
    vkeys: hasLogKey(keysDirectory) ? loadOwnLog(keysDirectory, logOrigin).vkeys : [],
    witnesses: witnesses.map(({ vkey }) => vkey),
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
      job: prepareCopyJob,
      run: (payload, job) => performPreparation(importing, payload, job),
      // The copy waits for somebody to change its pages, or to ask for it to be declared complete, again.
      onLost: () => Promise.resolve(),
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
