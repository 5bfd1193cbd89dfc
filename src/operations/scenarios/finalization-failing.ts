import { isGradingFailed, RETRIED_FINALIZATIONS } from '../failed-finalizations.ts'
import { sqlProbe } from '../probes.ts'
import { stuckItems, stuckProbe, stuckSeconds } from '../stuck.ts'
import {
  type Action,
  blameRows,
  defineScenario,
  joinVerdicts,
  rowsFound,
  type Seen,
  type Verdict,
} from './scenario.ts'
import { findStuckJobs, requeue, STUCK_JOBS } from './stuck-jobs.ts'

type FailedCopy = {
  readonly copy: string
  /** Null while the event that says why is not in the table, as when it waits in the spool. */
  readonly code: string | null
  readonly attempts: number | null
  readonly request: string | null
  readonly seconds: number
}

export const failedFinalizations = stuckProbe<FailedCopy>('failed-finalizations')
export const retriedFinalizations = sqlProbe<FailedCopy>(
  'retried-finalizations',
  `${RETRIED_FINALIZATIONS}\n order by seconds limit 50`,
)
const waitingFinalizations = stuckProbe<{ copy: string; job: string; attempts: number; seconds: number }>(
  'waiting-finalizations',
)

/** Ink of failed copies that is no list of lists of points; `areDrawable` of the marking refuses the same. */
export const damagedAnnotations = sqlProbe<{ copy: string; annotation: string; page: number }>(
  'damaged-annotations',
  `select a.copy_id as copy, a.id as annotation, a.page_index + 1 as page
     from annotation a join copy c on c.id = a.copy_id and c.version = a.copy_version
    where ${isGradingFailed('c')} and a.strokes is not null
      and (jsonb_path_exists(a.strokes, 'strict $[*] ? (@.type() != "array")')
           or jsonb_path_exists(a.strokes, 'lax $[*][*] ? (!exists(@.x ? (@.type() == "number"))
                                                       || !exists(@.y ? (@.type() == "number")))'))
    order by a.copy_id, a.page_index limit 50`,
)

const ENGINE: ReadonlySet<unknown> = new Set(['engine-fault', 'out-of-memory'])
const UNDRAWABLE: ReadonlySet<unknown> = new Set(['undrawable-annotation'])
const TIMEOUT: ReadonlySet<unknown> = new Set(['timeout'])
/**
 * The scan could be read when it was imported: one that cannot be read now is not what was stored. Its digest, which is
 * the name of the file, is for admins and auditors, and so no evidence here.
 */
const MISSING: ReadonlySet<unknown> = new Set([
  ...['blob-missing', 'corrupt', 'encrypted', 'not-a-pdf', 'no-pages'],
  ...['too-many-pages', 'too-large', 'page-too-large'],
])
const NAMED: ReadonlySet<unknown> = new Set([...ENGINE, ...UNDRAWABLE, ...TIMEOUT, ...MISSING])

/** Copies that failed weigh in full; those that are still being tried may yet succeed. */
function blameCodes(seen: Seen, weight: number, codes: ReadonlySet<unknown>): Verdict | undefined {
  const isMeant = ({ code }: FailedCopy) => codes.has(code)
  return joinVerdicts(
    blameRows(failedFinalizations, weight, seen.of(failedFinalizations)?.filter(isMeant)),
    blameRows(retriedFinalizations, weight - 30, seen.of(retriedFinalizations)?.filter(isMeant)),
  )
}

const NOTHING_TO_UNDO = { fr: 'Rien à défaire.', en: 'Nothing to undo.' } as const
const VERIFY = 'paraph doctor finalization-failing'

function retry(does: Action['does']): Action {
  return {
    command: 'paraph repair retry-finalization --copy {copy} --reason cause-removed --yes',
    does,
    risk: {
      fr: 'Aucun : les annotations et les notes restent, et le PDF n’est gardé que s’il est complet.',
      en: 'None: annotations and scores stay, and the PDF is kept only when it is whole.',
    },
    undo: NOTHING_TO_UNDO,
    verify: VERIFY,
  }
}

export const finalizationFailing = defineScenario({
  id: 'finalization-failing',
  title: { fr: 'Finalisation en échec', en: 'Finalization failing' },
  alerts: [
    {
      name: 'ParaphFinalizationFailing',
      expr: ({ w }) =>
        `sum(increase(grading_finalize_duration_seconds_count{status="failed"}[${w(900)}])) > 0`,
      forSeconds: 0,
      severity: 'ticket',
      summary: {
        fr: 'Une tentative de finalisation a échoué.',
        en: 'An attempt at finalizing a copy has failed.',
      },
      example: {
        firing: { 'grading_finalize_duration_seconds_count{status="failed",retry_attempt="1"}': '0x24 1x15' },
        quiet: {
          'grading_finalize_duration_seconds_count{status="failed",retry_attempt="1"}': '0x4 1x36',
          'grading_finalize_duration_seconds_count{status="success",retry_attempt="1"}': '0+1x40',
        },
      },
    },
    {
      name: 'ParaphCopiesFailed',
      expr: () => `max(${stuckItems('failed-finalizations')}) > 0`,
      forSeconds: 0,
      severity: 'ticket',
      summary: {
        fr: 'Une copie reste en échec : personne n’en aura le PDF corrigé sans intervention.',
        en: 'A copy stays failed: nobody gets its marked PDF unless somebody acts.',
      },
      example: {
        firing: { [stuckItems('failed-finalizations')]: '0x24 1x15' },
        quiet: {
          [stuckItems('failed-finalizations')]: '1x4 0x36',
          [stuckItems('failed-imports')]: '0+1x40',
        },
      },
    },
    {
      name: 'ParaphFinalizationWaiting',
      expr: ({ s }) => `max(${stuckSeconds('waiting-finalizations')}) > ${s(300)}`,
      forSeconds: 60,
      severity: 'page',
      summary: {
        fr: 'Une finalisation attend depuis plus de cinq minutes.',
        en: 'A finalization has waited for five minutes.',
      },
      example: {
        firing: { [stuckSeconds('waiting-finalizations')]: '0x19 0+60x20' },
        quiet: {
          [stuckSeconds('waiting-finalizations')]: '0+60x4 0x36',
          [stuckSeconds('waiting-imports')]: '0+60x40',
        },
      },
    },
  ],
  causes: [
    {
      id: 'engine-error',
      title: {
        fr: 'Le moteur PDF s’est arrêté, ou a manqué de mémoire.',
        en: 'The PDF engine stopped, or ran out of memory.',
      },
      probes: [failedFinalizations, retriedFinalizations],
      judge: (seen) => blameCodes(seen, 80, ENGINE),
      actions: [
        retry({
          fr: 'Refait le PDF corrigé. S’il échoue encore pour cette seule copie, mettez son scan de côté : il montre un défaut du moteur.',
          en: 'Makes the marked PDF again. If it fails again for this one copy, keep its scan apart: it shows a fault of the engine.',
        }),
      ],
    },
    {
      id: 'undrawable-annotation',
      title: {
        fr: 'Une annotation abîmée ne peut pas être dessinée.',
        en: 'A damaged annotation cannot be drawn.',
      },
      probes: [failedFinalizations, retriedFinalizations, damagedAnnotations],
      judge: (seen) => {
        const blamed = blameCodes(seen, 85, UNDRAWABLE)
        if (blamed === undefined) return undefined
        const ids = new Set(blamed.subjects?.map(({ copy }) => copy))
        const damaged = (seen.of(damagedAnnotations) ?? []).filter(({ copy }) => ids.has(copy))
        return damaged.length === 0
          ? blamed
          : { ...blamed, evidence: [...blamed.evidence, rowsFound(damagedAnnotations, damaged)] }
      },
      actions: [
        {
          command: 'paraph trace {request}',
          does: {
            fr: 'Montre qui a finalisé (référence opaque) ; l’annotation et sa page sont nommées plus haut. Donnez la copie et la page à cette personne ou à l’administration, qui reprend la copie (POST /api/copies/<copie>/unlock), la verrouille, supprime ou refait cette annotation, puis finalise.',
            en: 'Shows who finalized it (an opaque reference); the annotation and its page are named above. Tell that person or an administrator the copy and the page: they take the copy back (POST /api/copies/<copy>/unlock), lock it, remove that annotation or draw it again, and finalize.',
          },
          risk: { fr: 'Aucun : la commande ne fait que lire.', en: 'None: the command only looks.' },
          undo: NOTHING_TO_UNDO,
          verify: VERIFY,
        },
      ],
    },
    {
      id: 'finalize-timeout',
      title: {
        fr: 'Le dessin du PDF corrigé a dépassé son temps.',
        en: 'Drawing the marked PDF took longer than it may.',
      },
      probes: [failedFinalizations, retriedFinalizations],
      judge: (seen) => blameCodes(seen, 80, TIMEOUT),
      actions: [
        retry({
          fr: 'Refait le PDF corrigé. Si la machine est simplement lente, allongez d’abord PARAPH_PAGE_TIMEOUT_SECONDS et PARAPH_DOCUMENT_TIMEOUT_SECONDS.',
          en: 'Makes the marked PDF again. If the machine is merely slow, first raise PARAPH_PAGE_TIMEOUT_SECONDS and PARAPH_DOCUMENT_TIMEOUT_SECONDS.',
        }),
      ],
    },
    {
      id: 'missing-blob',
      title: {
        fr: 'Le scan enregistré manque, ou n’est plus lisible.',
        en: 'The stored scan is missing, or can no longer be read.',
      },
      probes: [failedFinalizations, retriedFinalizations],
      judge: (seen) => blameCodes(seen, 85, MISSING),
      actions: [
        retry({
          fr: 'Refait le PDF corrigé. Restaurez d’abord dans le dossier de données le dossier « blobs » de la dernière sauvegarde, sans rien y supprimer.',
          en: 'Makes the marked PDF again. First restore the folder "blobs" of the last backup into the data folder, without removing anything there.',
        }),
      ],
    },
    {
      id: 'retries-exhausted',
      title: {
        fr: 'Toutes les tentatives ont échoué ou se sont arrêtées, pour une autre raison.',
        en: 'All attempts have failed or stopped, for another reason.',
      },
      probes: [failedFinalizations, ...STUCK_JOBS, waitingFinalizations],
      judge: (seen) => {
        const { jobs, evidence } = findStuckJobs(seen, 'finalize-copy')
        const others = seen.of(failedFinalizations)?.filter(({ code }) => !NAMED.has(code))
        return joinVerdicts(
          blameRows(failedFinalizations, 75, others),
          jobs.length > 0 ? { weight: 75, evidence, subjects: jobs } : undefined,
        )
      },
      actions: [
        retry({
          fr: 'Refait le PDF corrigé, en trois nouvelles tentatives. Le code dit d’abord quoi écarter (docs/errors) : « worker-lost », un processus tué ou la mémoire épuisée ; « storage-full », le disque.',
          en: 'Makes the marked PDF again, in three new attempts. The code says what to remove first (docs/errors): "worker-lost", a process that was killed or memory that ran out; "storage-full", the disk.',
        }),
        requeue(VERIFY),
      ],
    },
  ],
})
