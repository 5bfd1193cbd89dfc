import type { LogLine } from '../log-lines.ts'
import { freeBytesProbe } from '../probes.ts'
import { IMPORT_STUCK_ALERTS } from './import-stuck-alerts.ts'
import {
  acceptedUploads,
  brokenUploads,
  failedImports,
  LOW_DISK_BYTES,
  pausedQueues,
  waitingImports,
  workerAnswers,
} from './import-stuck-probes.ts'
import { blameRows, defineScenario, joinVerdicts, rowsFound, type Seen, type Verdict } from './scenario.ts'
import { findStuckJobs, requeue, STUCK_JOBS } from './stuck-jobs.ts'

const ENGINE: ReadonlySet<string> = new Set(['timeout', 'engine-fault', 'out-of-memory'])
const NO_ROOM: ReadonlySet<string> = new Set(['storage-full'])
const UNREADABLE: ReadonlySet<string> = new Set([
  ...['corrupt', 'encrypted', 'not-a-pdf', 'no-pages', 'too-many-pages', 'page-too-large'],
])
const NAMED: ReadonlySet<string> = new Set([...ENGINE, ...NO_ROOM, ...UNREADABLE])
const BROKEN_OFF: ReadonlySet<unknown> = new Set([400, 408, 499])

const LOOKS_ONLY = {
  risk: { fr: 'Aucun.', en: 'None.' },
  undo: { fr: 'Rien à défaire.', en: 'Nothing to undo.' },
  verify: 'paraph doctor import-stuck',
} as const

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

const DISMISS_IMPORT = {
  command: 'paraph repair dismiss-import --batch {batch} --reason given-up --yes',
  does: {
    fr: 'Seulement si personne ne remplacera ce scan : il n’est plus attendu, et le diagnostic n’en parle plus. Demandez d’abord à l’administration de l’examen.',
    en: 'Only when nobody will replace this scan: it is waited for no longer, and the doctor says no more of it. Ask the exam administrator first.',
  },
  risk: {
    fr: 'Les copies de ce lot ne viendront pas ; le scan est gardé.',
    en: 'The copies of this batch will not come; the scan is kept.',
  },
  undo: {
    fr: 'L’administration de l’examen dépose de nouveau le scan.',
    en: 'The exam administrator uploads the scan again.',
  },
  verify: 'paraph doctor import-stuck',
} as const

export const importStuck = defineScenario({
  id: 'import-stuck',
  title: { fr: 'Import bloqué', en: 'Import stuck' },
  alerts: IMPORT_STUCK_ALERTS,
  causes: [
    {
      id: 'engine-timeout',
      title: {
        fr: 'La lecture du PDF a dépassé son temps, ou le lecteur s’est brisé.',
        en: 'Reading the PDF took longer than it may, or the reader broke.',
      },
      probes: [failedImports],
      judge: (seen) => blameCodes(seen, 80, (code) => ENGINE.has(code)),
      actions: [RETRY_IMPORT],
    },
    {
      id: 'corrupt-pdf',
      title: { fr: 'Le fichier n’est pas un PDF lisible.', en: 'The file is no PDF that can be read.' },
      probes: [failedImports],
      judge: (seen) => blameCodes(seen, 80, (code) => UNREADABLE.has(code)),
      actions: [
        {
          command: 'paraph trace {request}',
          does: {
            fr: 'Montre qui a déposé (référence opaque) et le code du refus ; demandez à cette personne un nouveau scan.',
            en: 'Shows who uploaded it (an opaque reference) and the code of the refusal; ask that person for a new scan.',
          },
          ...LOOKS_ONLY,
        },
        DISMISS_IMPORT,
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
      actions: [
        {
          command: 'df -h "$PARAPH_DATA"',
          does: {
            fr: 'Montre la place qui reste. Libérez-en : journaux archivés que l’on garde ailleurs, anciens dossiers de diagnostic (« paraph support-bundle »), fichiers d’autres programmes. Jamais rien sous « blobs » ni sous « postgres ».',
            en: 'Shows the room that is left. Make some: rotated logs that are kept elsewhere, old support bundles, files of other programs. Never anything in "blobs" or "postgres".',
          },
          risk: {
            fr: 'La commande ne fait que lire ; un scan supprimé de « blobs » est perdu.',
            en: 'The command only looks; a scan that is removed from "blobs" is lost.',
          },
          undo: {
            fr: 'Ce qui est supprimé ne revient que d’une sauvegarde : déplacez plutôt que de supprimer.',
            en: 'What is removed comes back from a backup only: rather move it than remove it.',
          },
          verify: 'paraph doctor import-stuck',
        },
        RETRY_IMPORT,
      ],
    },
    {
      id: 'worker-down',
      title: {
        fr: 'Le processus de fond est arrêté ou figé.',
        en: 'The background process is down, or frozen.',
      },
      probes: [workerAnswers, waitingImports],
      judge: (seen) => {
        const answer = seen.of(workerAnswers)
        if (answer === undefined || answer === 'answers') return undefined
        const waiting = seen.of(waitingImports) ?? []
        return {
          weight: 95,
          evidence: [
            { probe: workerAnswers.id, expected: 'answers', found: answer },
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
      judge: (seen) => {
        const paused = seen.of(pausedQueues)
        // Maintenance that keeps nobody waiting is as it was meant.
        const isMeant = paused?.every(({ reason, waiting }) => reason === 'maintenance' && waiting === 0)
        return blameRows(pausedQueues, isMeant ? 30 : 90, paused)
      },
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
        const lines = openBreaks(seen.of(brokenUploads) ?? [], seen.of(acceptedUploads) ?? [])
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
          ...LOOKS_ONLY,
        },
      ],
    },
    {
      id: 'import-failed-otherwise',
      title: {
        fr: 'L’import, ou la préparation d’une copie dont les pages ont été changées, a fini ou s’est arrêté pour une autre raison : un processus perdu, la base, une faute de notre côté.',
        en: 'The import, or the preparation of a copy whose pages were changed, ended or stopped for another reason: a lost worker, the database, a fault of ours.',
      },
      probes: [failedImports, ...STUCK_JOBS],
      judge: (seen) => {
        const { jobs, evidence } = findStuckJobs(seen, 'import-batch', 'prepare-copy')
        return joinVerdicts(
          blameCodes(seen, 60, (code) => !NAMED.has(code)),
          jobs.length > 0 ? { weight: 60, evidence, subjects: jobs } : undefined,
        )
      },
      actions: [
        {
          ...RETRY_IMPORT,
          does: {
            fr: 'Relance l’import du lot, depuis le début. Le code dit d’abord quoi écarter (docs/errors) : « worker-lost », un processus tué ou la mémoire épuisée ; « blob-missing », un scan à restaurer ; « internal », ce que montre « paraph trace » de sa requête.',
            en: 'Starts the import of the batch again, from its beginning. The code says what to remove first (docs/errors): "worker-lost", a process that was killed or memory that ran out; "blob-missing", a scan to be restored; "internal", what "paraph trace" shows of its request.',
          },
        },
        requeue('paraph doctor import-stuck'),
      ],
    },
  ],
})

function blameCodes(seen: Seen, weight: number, isMeant: (code: string) => boolean): Verdict | undefined {
  const batches = seen.of(failedImports)?.filter(({ code }) => isMeant(code))
  return blameRows(failedImports, weight, batches)
}

/**
 * Uploads that broke off and were not made good: an upload by the same account that was accepted later makes good the
 * last one before it.
 */
function openBreaks(requests: readonly LogLine[], accepted: readonly LogLine[]): readonly LogLine[] {
  const broken = requests.filter(
    ({ fields }) =>
      fields['http.request.method'] === 'POST' && BROKEN_OFF.has(fields['http.response.status_code']),
  )
  const isBreak = new Set(broken)
  const open: LogLine[] = []
  for (const line of [...broken, ...accepted].toSorted((a, b) => a.time.localeCompare(b.time))) {
    if (isBreak.has(line)) open.push(line)
    else {
      const last = open.findLastIndex(({ fields }) => fields.user_id === line.fields.user_id)
      if (last >= 0) open.splice(last, 1)
    }
  }
  return open
}
