import { countIn } from '../shared/plural.ts'
import { defineWords } from '../shared/words.ts'

const compter = countIn('fr')
const count = countIn('en')

export const workbenchWords = defineWords(
  {
    queue: 'Mes copies',
    waiting: (copies: number) =>
      copies === 0
        ? 'Aucune copie ne vous attend.'
        : compter(copies, { one: 'Une copie vous attend.', other: '# copies vous attendent.' }),
    start: 'Commencer la correction',
    resume: 'Reprendre la correction',
    toMark: 'À corriger',
    marked: 'Corrigées',
    lists: 'Listes de copies',
    columns: { copy: 'Copie', exam: 'Épreuve', pages: 'Pages', status: 'État' },
    emptyTitle: 'Aucune copie à corriger',
    emptyText: 'Les copies paraissent ici dès que l’administration vous en attribue.',
    noneMarkedTitle: 'Aucune copie corrigée',
    noneMarkedText: 'Les copies que vous avez terminées restent consultables ici.',
    unsent: (changes: number) =>
      compter(changes, {
        one: '# modification à transmettre : ouvrez la copie.',
        other: '# modifications à transmettre : ouvrez la copie.',
      }),
    copy: (anonymousId: string) => `Copie ${anonymousId}`,
    page: (pageNumber: number, pages: number) => `Page ${pageNumber} sur ${pages}`,
  },
  {
    queue: 'My copies',
    waiting: (copies) =>
      copies === 0
        ? 'No copy is waiting for you.'
        : count(copies, { one: 'One copy is waiting for you.', other: '# copies are waiting for you.' }),
    start: 'Start marking',
    resume: 'Continue marking',
    toMark: 'To mark',
    marked: 'Marked',
    lists: 'Lists of copies',
    columns: { copy: 'Copy', exam: 'Exam', pages: 'Pages', status: 'State' },
    emptyTitle: 'No copy to mark',
    emptyText: 'Copies show here as soon as the administration assigns you some.',
    noneMarkedTitle: 'No copy marked',
    noneMarkedText: 'The copies that you have finished can be read here.',
    unsent: (changes) =>
      count(changes, { one: '# change to send: open the copy.', other: '# changes to send: open the copy.' }),
    copy: (anonymousId) => `Copy ${anonymousId}`,
    page: (pageNumber, pages) => `Page ${pageNumber} of ${pages}`,
  },
)
