import { countIn } from '../shared/plural.ts'
import { defineWords } from '../shared/words.ts'

const compter = countIn('fr')
const count = countIn('en')

export const examWords = defineWords(
  {
    title: 'Épreuves',
    recent: 'Épreuves récentes',
    columns: {
      title: 'Intitulé',
      marked: 'Copies corrigées',
      toDo: 'À faire',
      released: 'Résultats',
      created: 'Créée le',
    },
    markedOf: (marked: number, copies: number) => `${marked} sur ${copies}`,
    failed: (copies: number) =>
      compter(copies, { one: '# finalisation échouée', other: '# finalisations échouées' }),
    unresolved: (pages: number) => compter(pages, { one: '# page à placer', other: '# pages à placer' }),
    toValidate: (copies: number) =>
      compter(copies, { one: '# copie à valider', other: '# copies à valider' }),
    released: 'Publiés',
    notReleased: 'Non publiés',
    create: 'Nouvelle épreuve',
    emptyTitle: 'Aucune épreuve',
    emptyText:
      'Une épreuve porte un barème, des scans et des correcteurs. Elle paraîtra ici dès sa création.',
    all: 'Toutes les épreuves',
  },
  {
    title: 'Exams',
    recent: 'Recent exams',
    columns: {
      title: 'Title',
      marked: 'Copies marked',
      toDo: 'To do',
      released: 'Results',
      created: 'Created on',
    },
    markedOf: (marked, copies) => `${marked} of ${copies}`,
    failed: (copies) => count(copies, { one: '# finalization failed', other: '# finalizations failed' }),
    unresolved: (pages) => count(pages, { one: '# page to place', other: '# pages to place' }),
    toValidate: (copies) => count(copies, { one: '# copy to validate', other: '# copies to validate' }),
    released: 'Released',
    notReleased: 'Not released',
    create: 'New exam',
    emptyTitle: 'No exam',
    emptyText: 'An exam has a rubric, scans and markers. It will show here once it is created.',
    all: 'All exams',
  },
)
