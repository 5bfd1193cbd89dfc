import type { SearchView, StoryEntry } from '../../src/operations/contract.ts'
import { countIn } from '../shared/plural.ts'
import { defineWords } from '../shared/words.ts'

const compter = countIn('fr')
const count = countIn('en')

type Words = {
  readonly kinds: Readonly<Record<SearchView['found'][number]['kind'], string>>
  readonly storyKinds: Readonly<Record<StoryEntry['kind'], string>>
}
const french: Words = {
  kinds: {
    copy: 'Copie',
    batch: 'Lot',
    exam: 'Épreuve',
    job: 'Travail',
    request: 'Requête',
    event: 'Événement',
  },
  storyKinds: {
    request: 'Requête',
    attempt: 'Essai',
    event: 'Événement',
    failure: 'Échec',
    note: 'Journal',
    waiting: 'En attente',
  },
}
const english: Words = {
  kinds: { copy: 'Copy', batch: 'Batch', exam: 'Exam', job: 'Job', request: 'Request', event: 'Event' },
  storyKinds: {
    request: 'Request',
    attempt: 'Attempt',
    event: 'Event',
    failure: 'Failure',
    note: 'Log',
    waiting: 'Waiting',
  },
}

export const searchWords = defineWords(
  {
    ...french,
    title: 'Recherche',
    found: 'Trouvé',
    storyOf: 'Histoire de la requête',
    lastEvents: 'Derniers événements',
    columns: {
      at: 'Moment',
      kind: 'Sorte',
      what: 'Quoi',
      outcome: 'Issue',
      took: 'Durée',
      about: 'Sujet',
      request: 'Requête',
    },
    state: 'État',
    openRequest: 'Voir l’histoire de la requête',
    logsRead: (files: number, since: string) =>
      `Lu dans ${compter(files, { one: '# fichier de journal', other: '# fichiers de journal' })}, depuis le ${since}.`,
    logsAbsent:
      'Aucun fichier de journal ici : les lignes vont ailleurs, l’histoire vient de la base de données.',
    logsUnreadable: 'Les fichiers de journal n’ont pas pu être lus ; l’histoire vient de la base de données.',
    nothing: 'Rien de ce nom',
    nothingText:
      'Ni la base de données ni les journaux ne connaissent cet identifiant. Vérifiez qu’il est entier ; les journaux anciens s’effacent.',
    start: 'Entrez un identifiant',
    startText:
      'Celui d’un message d’erreur, d’une copie, d’un lot, d’un travail ou d’un événement mène à son histoire.',
    details: 'Champs de la ligne',
    malformed: 'Un identifiant a de 1 à 64 lettres, chiffres, points, tirets ou soulignés.',
  },
  {
    ...english,
    title: 'Look-up',
    found: 'Found',
    storyOf: 'Story of the request',
    lastEvents: 'Last events',
    columns: {
      at: 'Moment',
      kind: 'Kind',
      what: 'What',
      outcome: 'Outcome',
      took: 'Took',
      about: 'About',
      request: 'Request',
    },
    state: 'State',
    openRequest: 'See the story of the request',
    logsRead: (files, since) =>
      `Read in ${count(files, { one: '# log file', other: '# log files' })}, since ${since}.`,
    logsAbsent: 'No log files here: lines go elsewhere, the story comes from the database.',
    logsUnreadable: 'The log files could not be read; the story comes from the database.',
    nothing: 'Nothing of that name',
    nothingText:
      'Neither the database nor the logs know this id. See that it is whole; old logs are deleted.',
    start: 'Enter an id',
    startText: 'That of an error message, a copy, a batch, a job or an event leads to its story.',
    details: 'Fields of the line',
    malformed: 'An id has 1 to 64 letters, digits, dots, dashes or underscores.',
  },
)
