import { stuckItems, stuckSeconds } from '../stuck.ts'
import { LOW_DISK_BYTES } from './import-stuck-probes.ts'
import type { Alert } from './scenario.ts'

const UPLOADS_BROKEN =
  'http_requests_total{path="/api/exams/:examId/batches",method="POST",status=~"400|408|499"}'

export const IMPORT_STUCK_ALERTS: readonly Alert[] = [
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
    expr: ({ s }) => `max(${stuckSeconds('waiting-imports')}) > ${s(300)}`,
    forSeconds: 60,
    severity: 'page',
    summary: {
      fr: 'Un import attend depuis plus de cinq minutes.',
      en: 'An import has waited for five minutes.',
    },
    example: {
      firing: { [stuckSeconds('waiting-imports')]: '0x19 0+60x20' },
      quiet: {
        [stuckSeconds('waiting-imports')]: '0+60x4 0x36',
        [stuckSeconds('waiting-finalizations')]: '0+60x40',
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
    name: 'ParaphImportsFailed',
    expr: () => `max(${stuckItems('failed-imports')}) > 0`,
    forSeconds: 0,
    severity: 'ticket',
    summary: {
      fr: 'Un lot reste en échec : ses copies ne viendront pas sans intervention.',
      en: 'A batch stays failed: its copies do not come unless somebody acts.',
    },
    example: {
      firing: { [stuckItems('failed-imports')]: '0x24 1x15' },
      quiet: {
        [stuckItems('failed-imports')]: '1x4 0x36',
        [stuckItems('failed-finalizations')]: '0+1x40',
      },
    },
  },
  {
    name: 'ParaphJobsStuck',
    expr: () => `max(${stuckItems('abandoned-jobs', 'unheard-jobs', 'postponed-jobs')}) > 0`,
    forSeconds: 60,
    severity: 'page',
    summary: {
      fr: 'Personne n’exécute un travail dont un lot ou une copie attend la fin.',
      en: 'Nobody runs a job whose end a batch or a copy waits for.',
    },
    example: {
      firing: { [stuckItems('unheard-jobs')]: '0x19 1x20', [stuckItems('abandoned-jobs')]: '0x40' },
      quiet: { [stuckItems('abandoned-jobs')]: '0x29 1 0x10', [stuckItems('failed-imports')]: '1x40' },
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
]
