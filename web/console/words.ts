import type { BacklogView, HealthView } from '../../src/operations/contract.ts'
import { countIn } from '../shared/plural.ts'
import { defineWords } from '../shared/words.ts'

const compter = countIn('fr')
const count = countIn('en')

type ProcessState = HealthView['api']['status'] | 'silent'
type Queue = BacklogView['queues'][number]['queue']
type Words = {
  readonly states: Readonly<Record<ProcessState, string>>
  readonly queues: Readonly<Record<Queue, string>>
  readonly batchStates: Readonly<Record<string, string>>
}

const french: Words = {
  states: {
    ok: 'En marche',
    failing: 'En défaut',
    'shutting-down': 'Arrêt en cours',
    silent: 'Sans réponse',
  },
  queues: {
    'import-batch': 'Import',
    'prepare-copy': 'Préparation',
    'finalize-copy': 'Finalisation',
  },
  batchStates: { UPLOADED: 'Déposés', IMPORTING: 'En import', IMPORTED: 'Importés', FAILED: 'En échec' },
}
const english: Words = {
  states: { ok: 'Running', failing: 'Failing', 'shutting-down': 'Stopping', silent: 'No answer' },
  queues: {
    'import-batch': 'Import',
    'prepare-copy': 'Preparation',
    'finalize-copy': 'Finalizing',
  },
  batchStates: { UPLOADED: 'Uploaded', IMPORTING: 'Importing', IMPORTED: 'Imported', FAILED: 'Failed' },
}

export const consoleWords = defineWords(
  {
    ...french,
    title: 'Console',
    homeTitle: 'Exploitation',
    open: 'Ouvrir la console',
    processes: 'Processus',
    columns: { process: 'Processus', state: 'État', failing: 'Contrôles en échec' },
    names: { api: 'api', worker: 'worker' },
    noFailing: 'aucun',
    allWell: 'Tout est en marche.',
    notWell: 'Un processus demande votre attention.',
    partly: 'Le docteur n’a pas pu tout demander.',
    incidentsOpen: (incidents: number) =>
      compter(incidents, { one: '# incident ouvert.', other: '# incidents ouverts.' }),
    live: 'En direct',
    frozenAt: (time: string) => `Figé à ${time}`,
    freeze: 'Figer',
    resume: 'Reprendre le direct',
    search: 'Chercher un identifiant',
    searchHint: 'Requête, copie (aussi par son code), lot, épreuve, travail, flux ou numéro d’événement.',
    searchSubmit: 'Chercher',
    copies: 'Copies par état',
    batches: 'Lots par état',
    table: 'Tableau',
    copiesColumns: { status: 'État', copies: 'Copies', oldest: 'La plus ancienne y est depuis' },
    batchColumns: { status: 'État', batches: 'Lots' },
    noCopies: 'Aucune copie encore.',
    durations: 'Durées sur un jour, médiane et 95 %',
    durationColumns: {
      queue: 'File',
      jobs: 'Travaux',
      medianRun: 'Durée médiane',
      p95Run: 'Durée à 95 %',
      medianWait: 'Attente médiane',
      p95Wait: 'Attente à 95 %',
    },
    noDurations: 'Aucun travail terminé depuis un jour.',
    queuesTitle: 'Files de travail',
    queueColumns: {
      queue: 'File',
      waiting: 'En attente',
      active: 'En cours',
      failed: 'En échec',
      oldest: 'Plus ancienne attente',
      state: 'État',
      action: 'Action',
    },
    paused: 'En pause',
    running: 'Ouverte',
    pause: 'Mettre en pause…',
    unpause: 'Remettre en marche…',
    pauseOf: (queue: string) => `Mettre en pause la file ${queue}`,
    unpauseOf: (queue: string) => `Remettre en marche la file ${queue}`,
    auditTitle: 'Journal d’audit',
    auditLine: (pending: number, spooled: number) =>
      `${compter(pending, { one: '# événement attend', other: '# événements attendent' })} d’entrer au journal ; ${compter(spooled, { one: '# est de côté', other: '# sont de côté' })}.`,
    auditOldest: (span: string) => `Le plus ancien attend depuis ${span}.`,
  },
  {
    ...english,
    title: 'Console',
    homeTitle: 'Operations',
    open: 'Open the console',
    processes: 'Processes',
    columns: { process: 'Process', state: 'State', failing: 'Failing checks' },
    names: { api: 'api', worker: 'worker' },
    noFailing: 'none',
    allWell: 'Everything is running.',
    notWell: 'A process needs your attention.',
    partly: 'The doctor could not ask everything.',
    incidentsOpen: (incidents) => count(incidents, { one: '# open incident.', other: '# open incidents.' }),
    live: 'Live',
    frozenAt: (time) => `Frozen at ${time}`,
    freeze: 'Freeze',
    resume: 'Go live again',
    search: 'Look up an id',
    searchHint: 'A request, copy (by its code too), batch, exam, job, stream or event number.',
    searchSubmit: 'Look up',
    copies: 'Copies by state',
    batches: 'Batches by state',
    table: 'Table',
    copiesColumns: { status: 'State', copies: 'Copies', oldest: 'The oldest has been there for' },
    batchColumns: { status: 'State', batches: 'Batches' },
    noCopies: 'No copy yet.',
    durations: 'Durations over a day, median and 95 %',
    durationColumns: {
      queue: 'Queue',
      jobs: 'Jobs',
      medianRun: 'Median duration',
      p95Run: 'Duration at 95 %',
      medianWait: 'Median wait',
      p95Wait: 'Wait at 95 %',
    },
    noDurations: 'No job has ended within a day.',
    queuesTitle: 'Queues',
    queueColumns: {
      queue: 'Queue',
      waiting: 'Waiting',
      active: 'Running',
      failed: 'Failed',
      oldest: 'Oldest wait',
      state: 'State',
      action: 'Action',
    },
    paused: 'Paused',
    running: 'Open',
    pause: 'Pause…',
    unpause: 'Set going again…',
    pauseOf: (queue) => `Pause the queue ${queue}`,
    unpauseOf: (queue) => `Set the queue ${queue} going again`,
    auditTitle: 'Audit log',
    auditLine: (pending, spooled) =>
      `${count(pending, { one: '# event waits', other: '# events wait' })} to come into the log; ${count(spooled, { one: '# is set aside', other: '# are set aside' })}.`,
    auditOldest: (span) => `The oldest has waited for ${span}.`,
  },
)
