import { countIn } from '../shared/plural.ts'
import { defineWords } from '../shared/words.ts'

const compter = countIn('fr')
const count = countIn('en')

export const auditWords = defineWords(
  {
    title: 'Audit',
    lead: 'Chaque geste est un événement signé. Ici, on le lit et on le vérifie sans nous croire sur parole.',
    wholeLog: 'Vérifier tout le journal',
    exams: 'Épreuves',
    examColumns: { title: 'Intitulé', created: 'Créée le' },
    noExams: 'Aucune épreuve',
    noExamsText: 'Le journal d’une copie s’ouvre depuis son épreuve. Aucune n’existe encore.',
    copiesOf: 'Copies de l’épreuve',
    copyColumns: { copy: 'Copie', status: 'État', changed: 'Dernier changement' },
    noCopies: 'Aucune copie',
    noCopiesText: 'Les copies paraissent ici dès que leur scan est importé.',
    timelineOf: (copy: string) => `Journal de la copie ${copy}`,
    timelineLead: 'Du plus ancien au plus récent.',
    order: 'Événements',
    noEvents: 'Aucun événement',
    noEventsText: 'Rien n’est encore arrivé à cette copie.',
    filteredOut: (events: number) =>
      compter(events, {
        one: 'Le filtre cache l’événement de cette copie.',
        other: 'Le filtre cache les # événements de cette copie.',
      }),
    showAll: 'Tout afficher',
    filter: { legend: 'Afficher', all: 'Tout', failures: 'Échecs', moves: 'Sans les annotations' },
    edits: (counts: Record<'added' | 'changed' | 'removed' | 'scores' | 'remarks', number>) =>
      [
        counts.added && compter(counts.added, { one: '# ajout', other: '# ajouts' }),
        counts.changed && compter(counts.changed, { one: '# modification', other: '# modifications' }),
        counts.removed && compter(counts.removed, { one: '# retrait', other: '# retraits' }),
        counts.scores && compter(counts.scores, { one: '# note', other: '# notes' }),
        counts.remarks && compter(counts.remarks, { one: '# remarque', other: '# remarques' }),
      ]
        .filter(Boolean)
        .join(', '),
    editsTitle: 'Corrections',
    until: 'à',
    number: 'n°',
    system: 'le service',
    operatorActor: 'exploitation',
    states: {
      proved: 'Prouvé',
      waiting: 'En attente de publication',
      earlier: 'D’avant les preuves',
      false: 'Faux',
      unknown: 'Non vérifié',
    },
    failed: 'Échec',
    detail: {
      moment: 'Moment',
      request: 'Requête',
      actor: 'Auteur (référence)',
      place: 'Place dans le journal',
      steps: (steps: number) =>
        compter(steps, { one: '# étape jusqu’à la racine', other: '# étapes jusqu’à la racine' }),
      hash: 'Empreinte SHA-256',
      members: 'Ce que dit l’événement',
      sealed: 'scellé',
      erased: 'effacé',
      bytes: 'Octets signés',
      saveProof: 'Télécharger la preuve de l’événement',
    },
    copyText: (what: string) => `Copier : ${what}`,
    copied: 'Copié.',
  },
  {
    title: 'Audit',
    lead: 'Every act is a signed event. Here it is read, and checked without taking our word for it.',
    wholeLog: 'Verify the whole log',
    exams: 'Exams',
    examColumns: { title: 'Title', created: 'Created on' },
    noExams: 'No exam',
    noExamsText: 'The log of a copy is opened from its exam. There is none yet.',
    copiesOf: 'Copies of the exam',
    copyColumns: { copy: 'Copy', status: 'State', changed: 'Last change' },
    noCopies: 'No copy',
    noCopiesText: 'Copies show here once their scan is imported.',
    timelineOf: (copy) => `Log of copy ${copy}`,
    timelineLead: 'From the oldest to the newest.',
    order: 'Events',
    noEvents: 'No event',
    noEventsText: 'Nothing has happened to this copy yet.',
    filteredOut: (events) =>
      count(events, {
        one: 'The filter hides the event of this copy.',
        other: 'The filter hides the # events of this copy.',
      }),
    showAll: 'Show all',
    filter: { legend: 'Show', all: 'All', failures: 'Failures', moves: 'Without annotations' },
    edits: (counts) =>
      [
        counts.added && count(counts.added, { one: '# added', other: '# added' }),
        counts.changed && count(counts.changed, { one: '# changed', other: '# changed' }),
        counts.removed && count(counts.removed, { one: '# removed', other: '# removed' }),
        counts.scores && count(counts.scores, { one: '# score', other: '# scores' }),
        counts.remarks && count(counts.remarks, { one: '# remark', other: '# remarks' }),
      ]
        .filter(Boolean)
        .join(', '),
    editsTitle: 'Marking',
    until: 'to',
    number: 'no.',
    system: 'the service',
    operatorActor: 'operations',
    states: {
      proved: 'Proved',
      waiting: 'Not published yet',
      earlier: 'From before proofs',
      false: 'False',
      unknown: 'Not verified',
    },
    failed: 'Failure',
    detail: {
      moment: 'Moment',
      request: 'Request',
      actor: 'Actor (reference)',
      place: 'Place in the log',
      steps: (steps) => count(steps, { one: '# step to the root', other: '# steps to the root' }),
      hash: 'SHA-256 hash',
      members: 'What the event says',
      sealed: 'sealed',
      erased: 'erased',
      bytes: 'Signed bytes',
      saveProof: 'Download the proof of the event',
    },
    copyText: (what) => `Copy: ${what}`,
    copied: 'Copied.',
  },
)
