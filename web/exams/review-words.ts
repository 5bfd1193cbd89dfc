import type { CopyProblems, CopyStatus, Refusal } from '../../src/copies/contract.ts'
import { countIn } from '../shared/plural.ts'
import { defineWords } from '../shared/words.ts'

const compter = countIn('fr')
const count = countIn('en')

const refus: Readonly<Record<Refusal, string>> = {
  'page-not-filed': 'Cette page n’est plus dans une copie. L’écran montre où elle est à présent.',
  'page-not-unresolved': 'Cette page a changé de place entre-temps. L’écran montre où elle est à présent.',
  'page-not-discarded': 'Cette page n’est plus écartée.',
  'page-not-of-this-copy':
    'La page choisie n’est plus dans cette copie. L’écran montre les places présentes.',
  'not-the-same-pages': 'La copie a gagné ou perdu une page entre-temps. L’écran montre ses pages présentes.',
  'nothing-to-split': 'La copie ne peut pas être coupée avant sa première page.',
  'same-copy': 'Il n’y a rien à déplacer : c’est la même copie.',
  'copy-without-pages': 'L’autre copie n’a plus de page.',
  'page-without-image':
    'Cette page est illisible : une copie ne peut pas la recevoir. Numérisez la feuille de nouveau.',
  'page-annotated':
    'Cette page porte des annotations et ne peut pas quitter sa copie. Validez la copie, faites retirer les annotations par son correcteur, puis renvoyez-la.',
  'changed-since': 'Ces pages ont changé depuis : annulez d’abord l’opération la plus récente.',
}

const refusals: Readonly<Record<Refusal, string>> = {
  'page-not-filed': 'This page is no longer in a copy. The screen shows where it is now.',
  'page-not-unresolved': 'This page has changed its place meanwhile. The screen shows where it is now.',
  'page-not-discarded': 'This page is no longer discarded.',
  'page-not-of-this-copy':
    'The chosen page is no longer in this copy. The screen shows the places as they are.',
  'not-the-same-pages':
    'The copy has gained or lost a page meanwhile. The screen shows its pages as they are.',
  'nothing-to-split': 'A copy cannot be split before its first page.',
  'same-copy': 'There is nothing to move: it is the same copy.',
  'copy-without-pages': 'The other copy has no page any more.',
  'page-without-image': 'This page is unreadable: no copy can take it. Scan the sheet again.',
  'page-annotated':
    'This page is annotated and cannot leave its copy. Validate the copy, have its marker remove the annotations, then send it back.',
  'changed-since': 'These pages have changed since: undo the latest operation first.',
}

type Advice = Pick<
  CopyProblems,
  'missingNumbers' | 'duplicateNumbers' | 'extraNumbers' | 'isOutOfOrder' | 'hasOtherCount'
>

/** What to do about what is against a copy; the first that applies is the first to do. */
function advise<S extends Record<keyof Advice, string>>(copy: Advice, words: S): string[] {
  return (Object.keys(words) as (keyof Advice)[])
    .filter((key) => {
      const value = copy[key]
      return typeof value === 'boolean' ? value : value.length > 0
    })
    .map((key) => words[key])
}

const conseils = {
  missingNumbers:
    'Cherchez la page manquante parmi les pages à placer ou dans les copies voisines ; sinon, numérisez la feuille et déplacez sa page ici.',
  duplicateNumbers: 'Écartez la page en double, ou corrigez son numéro.',
  extraNumbers: 'Corrigez le numéro de la page en trop, ou effacez-le pour la garder.',
  isOutOfOrder: 'Rangez les pages par numéro, ou changez-les de place.',
  hasOtherCount: 'Vérifiez qu’il ne manque aucune page et que deux copies ne se suivent pas.',
}
const advice = {
  missingNumbers:
    'Look for the missing page among those to place, or in the copies beside; or scan the sheet and move its page here.',
  duplicateNumbers: 'Discard the page that is there twice, or correct its number.',
  extraNumbers: 'Correct the number of the page that is too many, or clear it to keep the page.',
  isOutOfOrder: 'Sort the pages by their numbers, or change their places.',
  hasOtherCount: 'See that no page is missing, and that it is not two copies in a row.',
}

export const reviewWords = defineWords(
  {
    undoKey: 'Ctrl + Z',
    closeProblem: 'Fermer ce message',
    refusals: refus,
    conflict:
      'Quelqu’un a changé ces pages entre-temps : rien n’a été fait. L’écran montre leur état présent ; recommencez si c’est encore utile.',
    erased: 'Le scan de ces pages a été effacé : elles ne changent plus de place.',
    importRuns: 'La lecture d’un scan de ces pages n’est pas terminée. Recommencez quand elle l’est.',
    stateRefuses: (state: string) => `La copie a changé d’état entre-temps (${state}) : rien n’a été fait.`,
    fixed: {
      READY:
        'Cette copie est validée : ses pages ne changent plus. S’il manque quelque chose, renvoyez-la en préparation.',
      LOCKED: 'Cette copie est en correction : ses pages ne changent plus tant qu’elle est ouverte.',
      GRADING_IN_PROGRESS: 'Cette copie est en cours de finalisation : ses pages ne changent plus.',
      GRADED: 'Cette copie est corrigée : ses pages ne changent plus, sauf si sa correction est rouverte.',
      GRADING_FAILED:
        'La finalisation de cette copie a échoué ; son correcteur peut la relancer ou la reprendre.',
    } satisfies Record<Exclude<CopyStatus, 'STAGING'>, string>,
    sendBack: 'Renvoyer en préparation…',
    sendBackTitle: (copy: string) => `Renvoyer la copie ${copy} en préparation ?`,
    sendBackText: 'Ses pages pourront changer de nouveau ; elle devra ensuite être validée.',
    sendBackNow: 'Renvoyer',
    sentBack: (copy: string) => `Copie ${copy} : renvoyée en préparation.`,
    sendBackReasons: {
      'pages-missing': 'Il manque des pages',
      'pages-shuffled': 'Pages dans le désordre',
      'pages-unreadable': 'Pages illisibles',
      'wrong-copy': 'Pages d’une autre copie',
      other: 'Autre motif',
    },
    adviceOn: (copy: Advice) => advise(copy, conseils),
    wrong: (copy: string) => `Copie ${copy} :`,
    show: 'Voir',
    showCopy: (copy: string) => `Voir la copie ${copy}`,
    validateOne: 'Valider cette copie',
    validateThis: (copy: string) => `Valider cette copie : ${copy}`,
    validateWaits: (copies: number) =>
      compter(copies, {
        one: '# copie a un problème de pages : corrigez-la avant de la valider.',
        other: '# copies ont un problème de pages : corrigez-les avant de les valider.',
      }),
    blockedHere: 'Corrigez d’abord ce qui est signalé ci-dessus.',
    allValidated: 'Toutes les copies de ce scan sont validées.',
    goOn: 'Répartir les copies',
    noCopies: 'Aucune copie dans ce scan',
    noCopiesText:
      'Ce scan n’a donné aucune copie. Faites une copie de ses pages à placer, déplacez-les vers une autre copie, ou écartez-les.',
    scanErased:
      'Ce scan a été effacé. Les pages qui restent ne changent plus de place ; celles qui ne sont dans aucune copie peuvent être écartées.',
    failed: 'Rien n’a été classé. Déposez un meilleur scan : celui-ci ne compte pas comme un doublon.',
    failedAgain:
      'Si le fichier est bon et que la panne est passée, l’exploitation peut relancer la lecture sans nouveau dépôt.',
    upload: 'Déposer un autre scan',
    keys: 'Alt + flèches change la place d’une page dans sa copie ; Ctrl + Z annule.',
    otherScanPage: (number: number) => `Page ${number} d’un autre scan`,
    more: (name: string) => `Autres actions : ${name}`,
    earlier: 'Une place plus tôt',
    later: 'Une place plus tard',
    placed: (name: string, place: number, all: number) => `${name} : à la place ${place} sur ${all}.`,
    isFirst: 'Cette page est déjà la première de sa copie.',
    isLast: 'Cette page est déjà la dernière de sa copie.',
    split: 'Couper la copie avant cette page',
    splitDone: (copy: string, made: string) => `Copie ${copy} : coupée. La suite est la copie ${made}.`,
    number: 'Numéro imprimé…',
    numberTitle: (name: string) => `${name} : quel numéro est imprimé ?`,
    numberLabel: 'Numéro imprimé sur la feuille',
    numberHint: 'De 1 à 9999. Laissez vide si la feuille n’en a pas.',
    numberWrong: 'Écrivez un nombre entier de 1 à 9999, ou rien.',
    save: 'Enregistrer',
    numbered: (name: string, number: number | null) =>
      number === null ? `${name} : sans numéro.` : `${name} : numéro ${number}.`,
    numberIs: (number: number) => `n° ${number}`,
    codeIs: (code: string) => `Code ${code}`,
    replace: 'Remplacer par une page renumérisée…',
    replaceTitle: (name: string) => `${name} : par quelle page la remplacer ?`,
    replaceText:
      'Déposez d’abord la feuille renumérisée dans cette épreuve. Sa page prend ici la place et le numéro de l’ancienne, qui est écartée.',
    fromScan: 'Scan',
    fromPage: 'Nouvelle page',
    thisScan: 'Ce scan',
    noOtherPage: 'Ce scan n’a aucune page qui puisse prendre cette place.',
    replaceNow: 'Remplacer',
    replaced: (name: string) => `${name} : remplacée, et écartée.`,
    merge: 'Réunir avec une autre copie…',
    mergeTitle: (copy: string) => `Copie ${copy} : quelle copie y ajouter ?`,
    mergeText: 'Les pages de l’autre copie viennent à la suite de celles-ci. L’autre copie reste, sans page.',
    mergeFrom: 'Copie à ajouter à la suite',
    noOtherCopy: 'Aucune autre copie de l’épreuve n’est en préparation.',
    mergeNow: 'Réunir',
    merged: (copy: string, from: string) =>
      `Les pages de la copie ${from} suivent celles de la copie ${copy}.`,
    sort: 'Ranger par numéro',
    sorted: (copy: string) => `Copie ${copy} : pages rangées par numéro.`,
    ofOtherScan: 'autre scan',
  },
  {
    undoKey: 'Ctrl + Z',
    closeProblem: 'Close this message',
    refusals,
    conflict:
      'Somebody changed these pages meanwhile: nothing was done. The screen shows them as they are now; try again if it is still needed.',
    erased: 'The scan of these pages was erased: they stay where they are.',
    importRuns: 'The reading of a scan of these pages has not ended. Try again when it has.',
    stateRefuses: (state) => `The copy has changed its state meanwhile (${state}): nothing was done.`,
    fixed: {
      READY:
        'This copy is validated: its pages do not change any more. If something is missing, send it back to preparation.',
      LOCKED: 'This copy is being marked: its pages do not change while it is open.',
      GRADING_IN_PROGRESS: 'This copy is being finished: its pages do not change any more.',
      GRADED: 'This copy is graded: its pages do not change, unless its marking is reopened.',
      GRADING_FAILED: 'To finish this copy has failed; its marker can try again, or take it up again.',
    },
    sendBack: 'Send back to preparation…',
    sendBackTitle: (copy) => `Send copy ${copy} back to preparation?`,
    sendBackText: 'Its pages can change again; afterwards it is to be validated.',
    sendBackNow: 'Send back',
    sentBack: (copy) => `Copy ${copy}: sent back to preparation.`,
    sendBackReasons: {
      'pages-missing': 'Pages are missing',
      'pages-shuffled': 'Pages out of order',
      'pages-unreadable': 'Unreadable pages',
      'wrong-copy': 'Pages of another copy',
      other: 'Other reason',
    },
    adviceOn: (copy) => advise(copy, advice),
    wrong: (copy) => `Copy ${copy}:`,
    show: 'Show',
    showCopy: (copy) => `Show copy ${copy}`,
    validateOne: 'Validate this copy',
    validateThis: (copy) => `Validate this copy: ${copy}`,
    validateWaits: (copies) =>
      count(copies, {
        one: '# copy has a problem with its pages: put it right before you validate it.',
        other: '# copies have a problem with their pages: put them right before you validate them.',
      }),
    blockedHere: 'First put right what is told above.',
    allValidated: 'All copies of this scan are validated.',
    goOn: 'Share out the copies',
    noCopies: 'No copy in this scan',
    noCopiesText:
      'This scan has given no copy. Make a copy of its pages that are to be placed, move them to another copy, or discard them.',
    scanErased:
      'This scan was erased. The pages that are left stay where they are; those that are in no copy can be discarded.',
    failed: 'Nothing was filed. Upload a better scan: this one does not count as a duplicate.',
    failedAgain:
      'If the file is good and the fault has passed, an operator can start the reading again without another upload.',
    upload: 'Upload another scan',
    keys: 'Alt + arrows changes the place of a page in its copy; Ctrl + Z undoes.',
    otherScanPage: (number) => `Page ${number} of another scan`,
    more: (name) => `More actions: ${name}`,
    earlier: 'One place earlier',
    later: 'One place later',
    placed: (name, place, all) => `${name}: at place ${place} of ${all}.`,
    isFirst: 'This page is the first of its copy already.',
    isLast: 'This page is the last of its copy already.',
    split: 'Split the copy before this page',
    splitDone: (copy, made) => `Copy ${copy}: split. What follows is copy ${made}.`,
    number: 'Printed number…',
    numberTitle: (name) => `${name}: which number is printed?`,
    numberLabel: 'Number printed on the sheet',
    numberHint: 'From 1 to 9999. Leave it empty if the sheet has none.',
    numberWrong: 'Write a whole number from 1 to 9999, or nothing.',
    save: 'Save',
    numbered: (name, number) =>
      number === null ? `${name}: without a number.` : `${name}: number ${number}.`,
    numberIs: (number) => `no. ${number}`,
    codeIs: (code) => `Code ${code}`,
    replace: 'Replace by a rescanned page…',
    replaceTitle: (name) => `${name}: which page replaces it?`,
    replaceText:
      'Upload the rescanned sheet to this exam first. Its page takes the place and the number of the old one here, which is discarded.',
    fromScan: 'Scan',
    fromPage: 'New page',
    thisScan: 'This scan',
    noOtherPage: 'This scan has no page that could take this place.',
    replaceNow: 'Replace',
    replaced: (name) => `${name}: replaced, and discarded.`,
    merge: 'Merge with another copy…',
    mergeTitle: (copy) => `Copy ${copy}: which copy is added to it?`,
    mergeText: 'The pages of the other copy follow those of this one. The other copy stays, without pages.',
    mergeFrom: 'Copy to add behind',
    noOtherCopy: 'No other copy of the exam is in preparation.',
    mergeNow: 'Merge',
    merged: (copy, from) => `The pages of copy ${from} follow those of copy ${copy}.`,
    sort: 'Sort by number',
    sorted: (copy) => `Copy ${copy}: pages sorted by number.`,
    ofOtherScan: 'another scan',
  },
)
