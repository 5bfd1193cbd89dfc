import { countIn } from '../shared/plural.ts'
import { defineWords } from '../shared/words.ts'

const compter = countIn('fr')
const count = countIn('en')
const signed = (text: string, value: number) => (value > 0 ? `+${text}` : text)

export const portalWords = defineWords(
  {
    title: 'Mes copies',
    emptyTitle: 'Aucune copie à consulter',
    emptyText: 'Vos copies corrigées paraissent ici quand votre établissement publie les résultats.',
    releasedOn: (day: string) => `Résultats publiés le ${day}`,
    copy: 'Copie corrigée',
    anonymous: (name: string) => `Copie ${name}`,
    download: 'Télécharger le PDF',
    print: 'Imprimer',
    closed: 'Copie non consultable',
    closedText: 'Cette adresse ne mène à aucune copie que vous puissiez lire.',
    back: 'Voir mes copies',
    score: 'Note',
    outOf: (score: string, max: string) => `${score} / ${max}`,
    comment: 'Appréciation générale',
    byQuestion: 'Par question',
    questionRemarks: 'Remarques par question',
    question: 'Question',
    points: 'Points',
    maximum: 'Sur',
    pages: 'Votre copie',
    pagesLead: 'Les remarques sont numérotées sur la page et écrites en dessous.',
    page: (page: number, pages: number) => `Page ${page} sur ${pages}`,
    pageImage: (page: number, marks: number) =>
      marks === 0
        ? `Page ${page} de votre copie, sans annotation`
        : compter(marks, {
            one: `Page ${page} de votre copie, avec # annotation`,
            other: `Page ${page} de votre copie, avec # annotations`,
          }),
    remarks: 'Remarques',
    kinds: {
      comment: 'Remarque',
      highlight: 'Surligné',
      ink: 'Au stylo',
      tick: 'Juste',
      cross: 'Faux',
      box: 'Encadré',
      text: 'Texte',
    },
    signed,
  },
  {
    title: 'My copies',
    emptyTitle: 'No copy to read',
    emptyText: 'Your marked copies show here once your school has released the results.',
    releasedOn: (day) => `Results released on ${day}`,
    copy: 'Marked copy',
    anonymous: (name) => `Copy ${name}`,
    download: 'Download the PDF',
    print: 'Print',
    closed: 'Copy not open to you',
    closedText: 'This address leads to no copy that you may read.',
    back: 'See my copies',
    score: 'Score',
    outOf: (score, max) => `${score} / ${max}`,
    comment: 'General comment',
    byQuestion: 'By question',
    questionRemarks: 'Remarks by question',
    question: 'Question',
    points: 'Points',
    maximum: 'Out of',
    pages: 'Your copy',
    pagesLead: 'Remarks are numbered on the page and written below it.',
    page: (page, pages) => `Page ${page} of ${pages}`,
    pageImage: (page, marks) =>
      marks === 0
        ? `Page ${page} of your copy, without annotations`
        : count(marks, {
            one: `Page ${page} of your copy, with # annotation`,
            other: `Page ${page} of your copy, with # annotations`,
          }),
    remarks: 'Remarks',
    kinds: {
      comment: 'Remark',
      highlight: 'Highlighted',
      ink: 'By pen',
      tick: 'Right',
      cross: 'Wrong',
      box: 'Boxed',
      text: 'Text',
    },
    signed,
  },
)
