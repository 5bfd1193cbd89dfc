import type { CopyProblems, PageFlagView } from '../../src/copies/contract.ts'
import { countIn } from '../shared/plural.ts'
import { defineWords } from '../shared/words.ts'

const compter = countIn('fr')
const count = countIn('en')

type Facts = Readonly<Record<string, unknown>>
const numbers = (value: unknown): string => (Array.isArray(value) && value.length > 0 ? value.join(', ') : '')
const some = (sentences: readonly (string | false)[]): string[] => sentences.filter((one) => one !== false)

/** What is against a copy, in sentences. */
function problemsInFrench(copy: Facts): string[] {
  const [missing, double, extra] = [
    copy['missingNumbers'],
    copy['duplicateNumbers'],
    copy['extraNumbers'],
  ].map(numbers)
  return some([
    missing !== '' && `Il manque la page ${missing}.`,
    double !== '' && `En double : page ${double}.`,
    extra !== '' && `En trop : page ${extra}.`,
  ])
}

function problemsInEnglish(copy: Facts): string[] {
  const [missing, double, extra] = [
    copy['missingNumbers'],
    copy['duplicateNumbers'],
    copy['extraNumbers'],
  ].map(numbers)
  return some([
    missing !== '' && `Page ${missing} is missing.`,
    double !== '' && `Page ${double} is there twice.`,
    extra !== '' && `Page ${extra} is one too many.`,
  ])
}

const signalements: Readonly<Record<PageFlagView['kind'], string>> = {
  blank: 'Page blanche',
  'renders-empty': 'Rien ne s’affiche',
  'outside-crop': 'Hors cadre : montrée en entier',
  'upside-down': 'À l’envers ?',
  sideways: 'Couchée ?',
  'low-resolution': 'Basse résolution',
  'too-dark': 'Trop sombre',
  'too-light': 'Trop claire',
  'cut-edge': 'Bord coupé ?',
  'foreign-code': 'Code inconnu',
  'near-duplicate': 'Presque identique à une autre',
  'duplicate-number': 'Numéro déjà pris',
  'no-code': 'Sans code',
  'foreign-exam': 'Autre épreuve',
  'before-first-cover': 'Avant le premier code',
  'longer-than-usual': 'De trop : copie suivante ?',
}
const flags: Readonly<Record<PageFlagView['kind'], string>> = {
  blank: 'Blank page',
  'renders-empty': 'Nothing shows',
  'outside-crop': 'Outside its frame: shown whole',
  'upside-down': 'Upside down?',
  sideways: 'Sideways?',
  'low-resolution': 'Low resolution',
  'too-dark': 'Too dark',
  'too-light': 'Too light',
  'cut-edge': 'Cut edge?',
  'foreign-code': 'Unknown code',
  'near-duplicate': 'Looks like another',
  'duplicate-number': 'Number taken',
  'no-code': 'No code',
  'foreign-exam': 'Another exam',
  'before-first-cover': 'Before the first code',
  'longer-than-usual': 'One too many: next copy?',
}

export const batchWords = defineWords(
  {
    title: 'Contrôle du scan',
    erased: 'Scan effacé',
    backToExam: 'Revenir à l’épreuve',
    mayLeave: 'La lecture continue si vous quittez cette page.',
    repaired: 'L’index de ce fichier était abîmé et a été reconstruit : regardez toutes ses pages.',
    counts: { scanned: 'Numérisées', filed: 'Classées', unresolved: 'À placer', discarded: 'Écartées' },
    undo: 'Annuler',
    undone: 'Opération annulée.',
    toSee: 'À regarder',
    toSeeLead: (pages: string) =>
      `${pages} à regarder avant de valider. Un signalement est un indice : rien n’a été changé.`,
    nothingToSee: 'Aucune page ne demande votre attention.',
    copies: 'Copies de ce scan',
    blocked: 'Placez ou écartez d’abord les pages qui ne sont dans aucune copie.',
    validateLead: 'Valider déclare la copie complète et l’ouvre à la correction.',
    validateAll: (copies: number) => compter(copies, { one: 'Valider # copie', other: 'Valider # copies' }),
    validating: 'Validation',
    validatedOf: (done: number, all: number) => `copie ${done + 1} sur ${all}`,
    validated: (done: number, refused: number) =>
      compter(done, { one: '# copie validée.', other: '# copies validées.' }) +
      (refused > 0 ? ` ${compter(refused, { one: '# refusée.', other: '# refusées.' })}` : ''),
    copy: (name: string) => `Copie ${name}`,
    preparing: 'PDF en préparation…',
    problemsOf: (copy: CopyProblems) => [
      ...problemsInFrench(copy),
      ...some([
        copy.isOutOfOrder && 'Pages dans le désordre.',
        copy.hasOtherCount && 'Autre nombre de pages que les autres.',
      ]),
    ],
    refusalOf: (facts: Facts) =>
      [
        ...problemsInFrench(facts),
        ...some([
          facts['isPrepared'] === false &&
            'Son PDF n’est pas encore prêt : validez de nouveau dans un instant.',
        ]),
      ].join(' '),
    discarded: 'Pages écartées',
    discardedLead: 'Elles sont gardées et comptées, mais dans aucune copie.',
    scanPage: (number: number) => `Page ${number} du scan`,
    enlarge: (name: string) => `Agrandir : ${name}`,
    noImage: 'Page illisible',
    unresolved: 'À placer',
    inCopy: (copy: string, page: number) => `${copy}, p. ${page}`,
    inOtherCopy: 'Dans une copie d’un autre scan',
    rotateOf: (name: string) => `Tourner d’un quart : ${name}`,
    rotated: (name: string) => `${name} : tournée.`,
    moveOf: (name: string) => `Déplacer : ${name}`,
    moveTitle: (name: string) => `${name} : où la placer ?`,
    move: 'Déplacer',
    moved: (name: string) => `${name} : déplacée.`,
    toCopy: 'Copie',
    toPlace: 'Place',
    beforePage: (page: number) => `Avant la page ${page}`,
    atTheEnd: 'À la fin',
    makeCopy: 'En faire une copie',
    copyMade: (name: string) => `${name} : une nouvelle copie.`,
    discardOf: (name: string) => `Écarter : ${name}`,
    discardTitle: (name: string) => `Écarter la ${name.toLowerCase()} ?`,
    discardText: 'La page reste gardée et comptée ; elle n’est plus dans aucune copie.',
    discard: 'Écarter',
    discardedNow: (name: string) => `${name} : écartée.`,
    restoreOf: (name: string) => `Reprendre : ${name}`,
    restored: (name: string) => `${name} : reprise, à placer.`,
    choose: 'Choisir…',
    cancel: 'Fermer',
    reasons: {
      blank: 'Page blanche',
      'cover-sheet': 'Page de garde',
      duplicate: 'Doublon',
      'not-of-this-exam': 'Pas de cette épreuve',
      replaced: 'Remplacée',
      unreadable: 'Illisible',
      other: 'Autre motif',
    },
    flags: signalements,
  },
  {
    title: 'Scan check',
    erased: 'Erased scan',
    backToExam: 'Back to the exam',
    mayLeave: 'The reading goes on if you leave this page.',
    repaired: 'The index of this file was damaged and was rebuilt: look at all of its pages.',
    counts: { scanned: 'Scanned', filed: 'Filed', unresolved: 'To place', discarded: 'Discarded' },
    undo: 'Undo',
    undone: 'Undone.',
    toSee: 'To look at',
    toSeeLead: (pages) => `${pages} to look at before you validate. A flag is a hint: nothing was changed.`,
    nothingToSee: 'No page needs your attention.',
    copies: 'Copies of this scan',
    blocked: 'First place or discard the pages that are in no copy.',
    validateLead: 'To validate a copy declares it complete and opens it for marking.',
    validateAll: (copies) => count(copies, { one: 'Validate # copy', other: 'Validate # copies' }),
    validating: 'Validating',
    validatedOf: (done, all) => `copy ${done + 1} of ${all}`,
    validated: (done, refused) =>
      count(done, { one: '# copy validated.', other: '# copies validated.' }) +
      (refused > 0 ? ` ${count(refused, { one: '# refused.', other: '# refused.' })}` : ''),
    copy: (name) => `Copy ${name}`,
    preparing: 'Its PDF is being made…',
    problemsOf: (copy) => [
      ...problemsInEnglish(copy),
      ...some([
        copy.isOutOfOrder && 'Pages out of order.',
        copy.hasOtherCount && 'Another number of pages than the others.',
      ]),
    ],
    refusalOf: (facts) =>
      [
        ...problemsInEnglish(facts),
        ...some([facts['isPrepared'] === false && 'Its PDF is not ready yet: validate again in a moment.']),
      ].join(' '),
    discarded: 'Discarded pages',
    discardedLead: 'They are kept and counted, but in no copy.',
    scanPage: (number) => `Page ${number} of the scan`,
    enlarge: (name) => `Enlarge: ${name}`,
    noImage: 'Unreadable page',
    unresolved: 'To place',
    inCopy: (copy, page) => `${copy}, p. ${page}`,
    inOtherCopy: 'In a copy of another scan',
    rotateOf: (name) => `Turn by a quarter: ${name}`,
    rotated: (name) => `${name}: turned.`,
    moveOf: (name) => `Move: ${name}`,
    moveTitle: (name) => `${name}: where does it go?`,
    move: 'Move',
    moved: (name) => `${name}: moved.`,
    toCopy: 'Copy',
    toPlace: 'Place',
    beforePage: (page) => `Before page ${page}`,
    atTheEnd: 'At the end',
    makeCopy: 'Make a copy of it',
    copyMade: (name) => `${name}: a new copy.`,
    discardOf: (name) => `Discard: ${name}`,
    discardTitle: (name) => `Discard ${name.toLowerCase()}?`,
    discardText: 'The page is kept and counted; it is in no copy any more.',
    discard: 'Discard',
    discardedNow: (name) => `${name}: discarded.`,
    restoreOf: (name) => `Take back: ${name}`,
    restored: (name) => `${name}: taken back, to be placed.`,
    choose: 'Choose…',
    cancel: 'Close',
    reasons: {
      blank: 'Blank page',
      'cover-sheet': 'Cover sheet',
      duplicate: 'Duplicate',
      'not-of-this-exam': 'Not of this exam',
      replaced: 'Replaced',
      unreadable: 'Unreadable',
      other: 'Other reason',
    },
    flags,
  },
)
