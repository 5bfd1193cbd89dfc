import { freeBytesProbe, logProbe, processProbe, sqlProbe, WINDOW } from '../probes.ts'
import { blameRows, defineScenario, rowsFound } from './scenario.ts'

const workerAnswers = processProbe('worker-answers', 'worker')

/** Jobs that could be taken and are not, for longer than a worker needs to see them. */
const waitingImports = sqlProbe<{ batch: string; job: string; attempts: number; seconds: number }>(
  'waiting-imports',
  `select data -> 'payload' ->> 'batchId' as batch, id as job, retry_count as attempts,
          extract(epoch from now() - start_after)::int as seconds
     from pgboss.job
    where name = 'import-batch' and state in ('created', 'retry') and start_after < now() - interval '5 seconds'
    order by start_after limit 20`,
)
const pausedQueues = sqlProbe<{ queue: string; seconds: number }>(
  'paused-queues',
  `select queue, extract(epoch from now() - paused_at)::int as seconds from queue_pause order by queue`,
)
/** The last word on each scan: once a later scan of the exam was imported, nobody waits for this one. */
const failedImports = sqlProbe<{ batch: string; code: string; request: string; seconds: number }>(
  'failed-imports',
  `select b.id as batch, b.error_code as code, e.request_id as request,
          extract(epoch from now() - b.finished_at)::int as seconds
     from batch b left join audit_event e on e.stream_ref = b.stream_ref and e.seq = 1
    where b.status = 'FAILED' and b.finished_at > now() - ${WINDOW}
      and not exists (select from batch later
                       where later.exam_id = b.exam_id and later.status = 'IMPORTED'
                         and later.created_at > b.finished_at)
    order by b.finished_at desc limit 20`,
)
/** An upload is one request: one that breaks off before its end is answered 499, one that goes silent 408. */
const brokenUploads = logProbe('broken-uploads', 'http.request', '"http.route":"/api/exams/:examId/batches"')

const acceptedUploads = logProbe('accepted-uploads', 'upload.accepted')

const TIMEOUT: ReadonlySet<string> = new Set(['timeout'])
const NO_ROOM: ReadonlySet<string> = new Set(['storage-full'])
const UNREADABLE: ReadonlySet<string> = new Set([
  ...['corrupt', 'encrypted', 'not-a-pdf', 'no-pages', 'too-many-pages', 'page-too-large'],
  ...['engine-fault', 'out-of-memory'],
])
const BROKEN_OFF: ReadonlySet<unknown> = new Set([400, 408, 499])
const LOW_DISK_BYTES = 1_000_000_000
const UPLOADS_BROKEN =
  'http_requests_total{path="/api/exams/:examId/batches",method="POST",status=~"400|408|499"}'

const RETRY_IMPORT = {
  command: 'paraph repair retry-import --batch {batch} --reason cause-removed --yes',
  does: {
    fr: 'Relance l’import du lot, depuis le début.',
    en: 'Starts the import of the batch again, from its beginning.',
  },
  risk: {
    fr: 'Aucun : un import relu ne double ni page ni copie.',
    en: 'None: an import that is run again doubles neither pages nor copies.',
  },
  undo: { fr: 'Rien à défaire.', en: 'Nothing to undo.' },
  verify: 'paraph doctor import-stuck',
} as const

export const importStuck = defineScenario({
  id: 'import-stuck',
  title: { fr: 'Import bloqué', en: 'Import stuck' },
  alerts: [
    {
      name: 'ParaphWorkerDown',
      expr: () => 'up{job="paraph",role="worker"} == 0 or absent(up{job="paraph",role="worker"})',
      forSeconds: 60,
      severity: 'page',
      summary: {
        fr: 'Le processus de fond ne répond plus.',
        en: 'The background process does not answer.',
      },
      example: {
        firing: { 'up{job="paraph",role="worker"}': '1x24 0x10' },
        quiet: { 'up{job="paraph",role="worker"}': '1x40' },
        labels: { job: 'paraph', role: 'worker' },
      },
    },
    {
      name: 'ParaphImportWaiting',
      expr: ({ s }) => `max(grading_queue_oldest_waiting_seconds{queue="import-batch"}) > ${s(300)}`,
      forSeconds: 60,
      severity: 'page',
      summary: {
        fr: 'Un import attend depuis plus de cinq minutes.',
        en: 'An import has waited for five minutes.',
      },
      example: {
        firing: { 'grading_queue_oldest_waiting_seconds{queue="import-batch"}': '0x19 0+60x20' },
        quiet: {
          'grading_queue_oldest_waiting_seconds{queue="import-batch"}': '0+60x4 0x36',
          'grading_queue_oldest_waiting_seconds{queue="finalize-copy"}': '0+60x40',
        },
      },
    },
    {
      name: 'ParaphImportFailing',
      expr: ({ w }) => `sum(increase(grading_import_duration_seconds_count{status="failed"}[${w(900)}])) > 0`,
      forSeconds: 0,
      severity: 'ticket',
      summary: { fr: 'Un import a échoué.', en: 'An import has failed.' },
      example: {
        firing: { 'grading_import_duration_seconds_count{status="failed",pages="1-10"}': '0x24 1x15' },
        quiet: {
          'grading_import_duration_seconds_count{status="failed",pages="1-10"}': '0x4 1x36',
          'grading_import_duration_seconds_count{status="success",pages="1-10"}': '0+1x40',
        },
      },
    },
    {
      name: 'ParaphDiskLow',
      expr: () => `min(disk_free_bytes) < ${LOW_DISK_BYTES}`,
      forSeconds: 60,
      severity: 'page',
      summary: { fr: 'Le disque est presque plein.', en: 'The disk is nearly full.' },
      example: {
        firing: {
          'disk_free_bytes{folder="data"}': '2000000000x19 900000000x20',
          'disk_free_bytes{folder="logs"}': '2000000000x40',
        },
        quiet: { 'disk_free_bytes{folder="data"}': '2000000000x40' },
      },
    },
    {
      name: 'ParaphUploadBroken',
      // A status gets its series when it first occurs, and that is no increase yet.
      expr: ({ w }) =>
        `sum(increase(${UPLOADS_BROKEN}[${w(900)}])) > 0 or sum(${UPLOADS_BROKEN} unless ${UPLOADS_BROKEN} offset ${w(900)}) > 0`,
      forSeconds: 0,
      severity: 'ticket',
      summary: { fr: 'Un dépôt n’est pas arrivé entier.', en: 'An upload has not arrived whole.' },
      example: {
        firing: {
          'http_requests_total{path="/api/exams/:examId/batches",method="POST",status="499"}': '_x25 1x15',
        },
        quiet: {
          'http_requests_total{path="/api/exams/:examId/batches",method="POST",status="499"}': '_x5 1x35',
          'http_requests_total{path="/api/exams/:examId/batches",method="POST",status="202"}': '0+1x40',
        },
      },
    },
  ],
  causes: [
    {
      id: 'engine-timeout',
      title: {
        fr: 'La lecture du PDF a dépassé son temps.',
        en: 'Reading the PDF took longer than it may.',
      },
      probes: [failedImports],
      judge: (seen) =>
        blameRows(
          failedImports,
          80,
          seen.of(failedImports)?.filter(({ code }) => TIMEOUT.has(code)),
        ),
      actions: [RETRY_IMPORT],
    },
    {
      id: 'corrupt-pdf',
      title: { fr: 'Le fichier n’est pas un PDF lisible.', en: 'The file is no PDF that can be read.' },
      probes: [failedImports],
      judge: (seen) =>
        blameRows(
          failedImports,
          80,
          seen.of(failedImports)?.filter(({ code }) => UNREADABLE.has(code)),
        ),
      actions: [
        {
          command: 'paraph trace {request}',
          does: {
            fr: 'Montre qui a déposé (référence opaque) et le code du refus ; demandez à cette personne un nouveau scan.',
            en: 'Shows who uploaded it (an opaque reference) and the code of the refusal; ask that person for a new scan.',
          },
          risk: { fr: 'Aucun.', en: 'None.' },
          undo: { fr: 'Rien à défaire.', en: 'Nothing to undo.' },
          verify: 'paraph doctor import-stuck',
        },
      ],
    },
    {
      id: 'disk-space',
      title: { fr: 'Il n’y a plus de place sur le disque.', en: 'There is no room left on the disk.' },
      probes: [freeBytesProbe, failedImports],
      judge: (seen) => {
        const free = seen.of(freeBytesProbe)
        const refused = (seen.of(failedImports) ?? []).filter(({ code }) => NO_ROOM.has(code))
        const isLow = free !== undefined && free < LOW_DISK_BYTES
        if (!isLow && refused.length === 0) return undefined
        return {
          weight: 90,
          evidence: [
            ...(isLow ? [{ probe: freeBytesProbe.id, expected: `>= ${LOW_DISK_BYTES}`, found: free }] : []),
            ...(refused.length > 0 ? [rowsFound(failedImports, refused)] : []),
          ],
          subjects: refused,
        }
      },
      actions: [RETRY_IMPORT],
    },
    {
      id: 'worker-down',
      title: {
        fr: 'Le processus de fond est arrêté ou figé.',
        en: 'The background process is down, or frozen.',
      },
      probes: [workerAnswers, waitingImports],
      judge: (seen) => {
        if (seen.of(workerAnswers) !== false) return undefined
        const waiting = seen.of(waitingImports) ?? []
        return {
          weight: 95,
          evidence: [
            { probe: workerAnswers.id, expected: 'true', found: false },
            ...(waiting.length > 0 ? [rowsFound(waitingImports, waiting)] : []),
          ],
        }
      },
      explains: ['sweeper-down', 'integrator-stopped'],
      actions: [
        {
          command: 'systemctl restart paraph-worker',
          does: {
            fr: 'Redémarre le processus de fond (avec « paraph start » : arrêtez-le et relancez-le).',
            en: 'Restarts the background process (under "paraph start": stop it and start it again).',
          },
          risk: {
            fr: 'Un travail en cours est repris depuis son début.',
            en: 'A job that runs is begun again.',
          },
          undo: { fr: 'Rien à défaire.', en: 'Nothing to undo.' },
          verify: 'paraph doctor import-stuck',
        },
      ],
    },
    {
      id: 'queue-paused',
      title: { fr: 'Une file de travaux est en pause.', en: 'A queue of jobs is paused.' },
      probes: [pausedQueues, waitingImports],
      // Also that of finalizations: who looks for what is stuck looks here first.
      judge: (seen) => blameRows(pausedQueues, 90, seen.of(pausedQueues)),
      actions: [
        {
          command: 'paraph repair resume-queue --queue {queue} --reason cause-removed --yes',
          does: { fr: 'Remet la file en marche.', en: 'Sets the queue going again.' },
          risk: {
            fr: 'Ce qui attendait démarre aussitôt : demandez d’abord pourquoi elle a été arrêtée.',
            en: 'What waited starts at once: ask first why it was paused.',
          },
          undo: {
            fr: 'paraph repair pause-queue --queue {queue} --reason maintenance --yes',
            en: 'paraph repair pause-queue --queue {queue} --reason maintenance --yes',
          },
          verify: 'paraph doctor import-stuck',
        },
      ],
    },
    {
      id: 'upload-incomplete',
      title: { fr: 'Le dépôt ne s’est jamais terminé.', en: 'The upload never came to its end.' },
      probes: [brokenUploads, acceptedUploads],
      judge: (seen) => {
        const acceptedAt = seen.of(acceptedUploads)?.at(-1)?.time ?? ''
        const lines = (seen.of(brokenUploads) ?? []).filter(
          ({ time, fields }) => time > acceptedAt && BROKEN_OFF.has(fields['http.response.status_code']),
        )
        const rows = lines.map(({ fields }) => ({
          request: fields.request_id ?? null,
          status: fields['http.response.status_code'] ?? null,
          milliseconds: fields.duration_ms ?? null,
        }))
        return blameRows(brokenUploads, 70, rows)
      },
      actions: [
        {
          command: 'paraph trace {request}',
          does: {
            fr: 'Montre la requête interrompue ; rien n’en a été gardé, la personne doit déposer de nouveau.',
            en: 'Shows the request that broke off; nothing of it was kept, so the person has to upload again.',
          },
          risk: { fr: 'Aucun.', en: 'None.' },
          undo: { fr: 'Rien à défaire.', en: 'Nothing to undo.' },
          verify: 'paraph doctor import-stuck',
        },
      ],
    },
  ],
})
