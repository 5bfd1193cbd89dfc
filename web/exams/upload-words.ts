import { countIn } from '../shared/plural.ts'
import { defineWords } from '../shared/words.ts'

const compter = countIn('fr')
const count = countIn('en')
const mebibytes = (bytes: number, locale: string) =>
  new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(bytes / 1_048_576)
const percent = (done: number, all: number) => Math.floor((done / Math.max(all, 1)) * 100)

export const uploadWords = defineWords(
  {
    title: 'Déposer des scans',
    backToExam: 'Revenir à l’épreuve',
    howToCut: 'Comment découper chaque fichier',
    ways: {
      'one-copy': { title: 'Un fichier, une copie', text: 'Toutes ses pages forment une seule copie.' },
      fixed: {
        title: 'Toutes les N pages',
        text: 'La pile se découpe à intervalle régulier : aucune feuille ne doit manquer.',
      },
      'code-first': { title: 'Par le code de la première page', text: 'Un code commence chaque copie.' },
      'code-every': { title: 'Par le code de chaque page', text: 'La pile peut être mélangée.' },
    },
    needsCodes: 'Décrivez d’abord les codes dans l’épreuve.',
    pagesPerCopy: 'Pages par copie',
    notACount: 'Un nombre de 1 à 500.',
    files: 'Fichiers',
    dropHere:
      'Faites glisser les PDF ici, ou choisissez-les. Ils partent l’un après l’autre ; vous pouvez quitter cette page.',
    chooseFiles: 'Choisir des PDF',
    states: {
      waiting: 'En attente',
      hashing: 'Vérification…',
      sending: 'Envoi…',
      offline: 'Connexion perdue',
      paused: 'En pause',
      asking: 'Déjà déposé',
      refused: 'Refusé',
      done: 'Déposé',
    },
    sendingOf: (name: string) => `Envoi de ${name}`,
    sentOf: (sent: number, all: number) =>
      `${mebibytes(sent, 'fr')} Mio sur ${mebibytes(all, 'fr')} – ${percent(sent, all)} %`,
    offlineText: 'L’envoi reprendra tout seul, là où il en était.',
    duplicateText: 'Cette épreuve contient déjà ce fichier. Rien n’a été déposé en double.',
    seeFirst: 'Voir le premier dépôt',
    takeTwice: 'Déposer quand même',
    leaveOut: 'Ne pas déposer',
    openBatch: 'Contrôler ce scan',
    pause: 'Pause',
    pauseOf: (name: string) => `Mettre en pause ${name}`,
    resume: 'Reprendre',
    resumeOf: (name: string) => `Reprendre ${name}`,
    drop: 'Retirer',
    dropOf: (name: string) => `Retirer ${name}`,
    brokenOff: (uploads: number) =>
      compter(uploads, { one: 'Un dépôt s’est interrompu.', other: '# dépôts se sont interrompus.' }),
    brokenOffText:
      'Choisissez de nouveau le même fichier, avec le même découpage : l’envoi reprend là où il en était.',
    arrivedOf: (done: number, all: number) =>
      `${mebibytes(done, 'fr')} Mio arrivés sur ${mebibytes(all, 'fr')} (${percent(done, all)} %)`,
    arrived: 'Scans de l’épreuve',
    nothingArrived: 'Aucun scan n’est encore arrivé.',
  },
  {
    title: 'Upload scans',
    backToExam: 'Back to the exam',
    howToCut: 'How to cut each file',
    ways: {
      'one-copy': { title: 'One file, one copy', text: 'All of its pages make a single copy.' },
      fixed: { title: 'Every N pages', text: 'The pile is cut at equal lengths: no sheet may be missing.' },
      'code-first': { title: 'By the code of the first page', text: 'A code begins each copy.' },
      'code-every': { title: 'By the code of every page', text: 'The pile may be in any order.' },
    },
    needsCodes: 'Describe the codes in the exam before.',
    pagesPerCopy: 'Pages per copy',
    notACount: 'A number from 1 to 500.',
    files: 'Files',
    dropHere: 'Drop the PDFs here, or choose them. They are sent one after another; you may leave this page.',
    chooseFiles: 'Choose PDFs',
    states: {
      waiting: 'Waiting',
      hashing: 'Checking…',
      sending: 'Sending…',
      offline: 'Connection lost',
      paused: 'Paused',
      asking: 'Here already',
      refused: 'Refused',
      done: 'Uploaded',
    },
    sendingOf: (name) => `Sending ${name}`,
    sentOf: (sent, all) => `${mebibytes(sent, 'en')} MiB of ${mebibytes(all, 'en')} – ${percent(sent, all)}%`,
    offlineText: 'It goes on by itself, where it was.',
    duplicateText: 'This exam has this very file already. Nothing was uploaded twice.',
    seeFirst: 'See the first upload',
    takeTwice: 'Upload it all the same',
    leaveOut: 'Leave it out',
    openBatch: 'Check this scan',
    pause: 'Pause',
    pauseOf: (name) => `Pause ${name}`,
    resume: 'Resume',
    resumeOf: (name) => `Resume ${name}`,
    drop: 'Remove',
    dropOf: (name) => `Remove ${name}`,
    brokenOff: (uploads) => count(uploads, { one: 'An upload broke off.', other: '# uploads broke off.' }),
    brokenOffText: 'Choose the same file again, cut in the same way: it goes on where it was.',
    arrivedOf: (done, all) =>
      `${mebibytes(done, 'en')} MiB have arrived of ${mebibytes(all, 'en')} (${percent(done, all)}%)`,
    arrived: 'Scans of the exam',
    nothingArrived: 'No scan has arrived yet.',
  },
)
