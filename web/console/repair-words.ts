import type { RepairAction, RepairReason } from '../../src/operations/contract.ts'
import { defineWords } from '../shared/words.ts'

type Words = {
  readonly does: Readonly<Record<RepairAction, string>>
  readonly reasons: Readonly<Record<RepairReason, string>>
}
const french: Words = {
  does: {
    'retry-import': 'Relancer l’import d’un lot',
    'dismiss-import': 'Renoncer à un lot en échec',
    'retry-finalization': 'Relancer la finalisation d’une copie',
    'force-release': 'Libérer une copie réservée',
    requeue: 'Remettre un travail en file',
    'pause-queue': 'Mettre une file en pause',
    'resume-queue': 'Remettre une file en marche',
    'drain-spool': 'Vider les événements de côté',
    'restart-sweeper': 'Redonner la place du surveillant',
    'restart-integrator': 'Redonner la place de l’intégrateur',
    'end-session': 'Mettre fin à une session de la base',
  },
  reasons: {
    'cause-removed': 'La cause a été levée',
    'marker-unreachable': 'Correcteur injoignable',
    'given-up': 'On y renonce',
    'blocks-others': 'Bloque les autres',
    maintenance: 'Maintenance',
    requested: 'À la demande',
    other: 'Autre',
  },
}
const english: Words = {
  does: {
    'retry-import': 'Retry the import of a batch',
    'dismiss-import': 'Give up on a failed batch',
    'retry-finalization': 'Retry finalizing a copy',
    'force-release': 'Release a reserved copy',
    requeue: 'Put a job back into its queue',
    'pause-queue': 'Pause a queue',
    'resume-queue': 'Set a queue going again',
    'drain-spool': 'Empty the events set aside',
    'restart-sweeper': 'Give the place of the sweeper away',
    'restart-integrator': 'Give the place of the integrator away',
    'end-session': 'End a session of the database',
  },
  reasons: {
    'cause-removed': 'The cause is gone',
    'marker-unreachable': 'Marker out of reach',
    'given-up': 'Given up',
    'blocks-others': 'Blocks others',
    maintenance: 'Maintenance',
    requested: 'On request',
    other: 'Other',
  },
}

export const repairWords = defineWords(
  {
    ...french,
    dryRun: 'Simulation : rien n’a été changé. Ce qui serait fait :',
    reason: 'Raison',
    note: 'Note (facultative)',
    noteHint: 'Scellée dans l’événement. Ne nommez personne.',
    audited: 'L’action est inscrite au journal d’audit, sous votre compte.',
    perform: 'Exécuter',
    performing: 'En cours…',
    cancel: 'Annuler',
    close: 'Fermer',
    done: 'C’est fait, et inscrit au journal d’audit.',
    unfinished: 'C’est fait en partie. Voyez ce qui reste dans le docteur.',
    planning: 'Simulation…',
  },
  {
    ...english,
    dryRun: 'Dry run: nothing was changed. What would be done:',
    reason: 'Reason',
    note: 'Note (optional)',
    noteHint: 'Sealed in the event. Name nobody.',
    audited: 'The action goes into the audit log, under your account.',
    perform: 'Do it',
    performing: 'Under way…',
    cancel: 'Cancel',
    close: 'Close',
    done: 'Done, and in the audit log.',
    unfinished: 'Done in part. The doctor shows what is left.',
    planning: 'Dry run…',
  },
)
