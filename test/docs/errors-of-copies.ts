import type { Entries } from './error-entry.ts'

/** What can be in the way while copies are put right, marked, finalized and erased; also the codes of failed jobs. */
export const ERRORS_OF_COPIES: Entries = {
  'worker-lost': {
    title: 'The worker was lost',
    happened:
      'The job was started three times and its process ended each time before it could say how it went; of an import, three times in a row without one page more being read.',
    advice:
      'For a finalization: retry it. For an import: upload the scan again. Operators: look for memory running out or for kills.',
    fr: {
      happened: 'Le traitement a été interrompu trois fois avec son processus.',
      advice: 'Relancez la finalisation, ou envoyez de nouveau le scan.',
    },
  },
  'blob-missing': {
    title: 'A stored file is missing',
    happened: 'A scan, a page image or a marked PDF is not in the data folder any more.',
    advice:
      'Operators: restore the folder `blobs` from the backup; nothing in Paraph removes what is in use.',
    fr: {
      happened: 'Un fichier enregistré manque dans le dossier de données.',
      advice: 'L’exploitant restaure le dossier `blobs` depuis la sauvegarde.',
    },
  },
  'undrawable-annotation': {
    title: 'An annotation cannot be drawn',
    happened:
      'An annotation of the copy is damaged in the database, so that its marked PDF would lack a mark; the log line names it (`annotation.id`, `page.index` from 0).',
    advice:
      'Take the copy back (`POST /api/copies/<copy>/unlock`), lock it, remove that annotation or draw it again, and finalize. Operators: `paraph doctor` names its page; nothing in Paraph writes such a row.',
    fr: {
      happened: 'Une annotation de la copie est abîmée dans la base et ne peut pas être dessinée.',
      advice:
        'Reprenez la copie, verrouillez-la, supprimez ou refaites cette annotation, puis finalisez de nouveau.',
    },
  },
  'sealed-value-unreadable': {
    title: 'A sealed value cannot be opened',
    happened: 'A file name, a score or a note was encrypted with another key, or was altered.',
    advice: 'Operators: the folder of keys must be the one of this database; restore it.',
    fr: {
      happened: 'Une valeur scellée ne s’ouvre pas avec les clés présentes.',
      advice: 'L’exploitant restaure le dossier des clés qui va avec cette base.',
    },
  },
  'copy-erased': {
    title: 'What this copy held was erased',
    happened:
      'The person of this copy was forgotten: its pages, its marks and its files are gone, for everybody and for ever. `erasedAt` says when.',
    advice:
      'Nothing: the copy itself and its events, without what was sealed in them, are still there to see.',
    fr: {
      happened:
        'Les données de cette copie ont été effacées (`erasedAt`) : pages, notes et fichiers n’existent plus.',
      advice: 'Rien : la copie et ses événements restent visibles, sans leur contenu.',
    },
  },
  'copy-in-use': {
    title: 'The copy cannot be erased now',
    happened:
      'Somebody holds its lock, its marked PDF is being made, the import of its scan has not ended, or the PDF of another copy is still to be made of the same scan.',
    advice:
      'Wait for the end, or have an administrator force the release of the lock, then run `paraph erase` again. Another copy whose PDF cannot be made is to be validated again, or its pages discarded.',
    fr: {
      happened:
        'La copie est verrouillée, en finalisation, son import n’est pas terminé, ou le PDF d’une autre copie reste à faire du même scan.',
      advice: 'Attendez la fin ou forcez la libération du verrou, puis relancez `paraph erase`.',
    },
  },
  'batch-in-use': {
    title: 'The scan cannot be erased by itself now',
    happened:
      'Its import has not ended, or is being tried again; or a copy that is not erased was made of this scan, or has pages of it.',
    advice:
      'Wait for the end of the import, then run `paraph erase` again. Where there is such a copy, erase that one (`paraph erase --copy`): it takes the scan along.',
    fr: {
      happened:
        'L’import de ce scan n’est pas terminé ou vient d’être relancé ; ou bien une copie non effacée a été faite de ce scan, ou en contient des pages.',
      advice:
        'Attendez la fin de l’import, puis relancez `paraph erase`. S’il y a une telle copie, effacez-la (`paraph erase --copy`) : le scan part avec elle.',
    },
  },
  'spool-not-drained': {
    title: 'Events of the copy lie in the spool',
    happened:
      'The table of events refused some events of this copy, or of this scan, which wait beside it with what they seal. Erased now, they would bring that back.',
    advice:
      'Operators: start the worker, which moves them, or set `DATABASE_INTEGRATOR_URL` for the command; then run `paraph erase` again.',
    fr: {
      happened:
        'Des événements de cette copie, ou de ce scan, attendent encore d’être rangés, avec ce qu’ils scellent.',
      advice: 'L’exploitant démarre le worker, qui les range, puis relance `paraph erase`.',
    },
  },
  'copy-not-complete': {
    title: 'The copy is not complete yet',
    happened:
      'Its import runs or has failed, it has no page, its batch has pages that nobody has filed or discarded, numbered pages are missing, double or too many, or its PDF is not made yet; the members of the answer say which.',
    advice:
      'Wait for the import, or settle the unresolved pages of the batch and the numbers of this copy (`docs/import.md`), then validate.',
    fr: {
      happened:
        'L’import n’est pas terminé, la copie n’a pas de page, des pages du lot ne sont pas attribuées, des numéros manquent, sont doubles ou de trop, ou le PDF n’est pas encore fait ; la réponse dit ce qu’il en est.',
      advice:
        'Attendez l’import, ou traitez les pages en attente et les numéros de la copie (`docs/import.md`), puis validez.',
    },
  },
  'illegal-transition': {
    title: 'The copy is in another state',
    happened: 'What was asked is possible from another state only; `currentStatus` says the present one.',
    advice: 'Load the copy again: somebody may have been faster.',
    fr: {
      happened: 'L’état de la copie ne permet pas cette action ; `currentStatus` donne l’état actuel.',
      advice: 'Rechargez la copie : quelqu’un l’a peut-être déjà fait.',
    },
  },
  'already-locked': {
    title: 'Somebody is marking this copy',
    happened: 'Another tab or person holds the lock; `lock` says who, since when and until when.',
    advice: 'Wait, or take over your own lock from this tab. Administrators may take over any lock.',
    fr: {
      happened: 'Un autre onglet ou une autre personne corrige cette copie.',
      advice: 'Attendez, ou reprenez votre propre verrou dans cet onglet.',
    },
  },
  'not-locked': {
    title: 'The copy is not locked',
    happened: 'Writing on a copy needs its lock, and the copy has none in its present state.',
    advice: 'Lock the copy, then write.',
    fr: { happened: 'La copie n’est pas verrouillée.', advice: 'Verrouillez-la, puis écrivez.' },
  },
  'lock-expired': {
    title: 'The lock is over',
    happened: 'The lock was not prolonged in time, or was ended by an administrator or an operator.',
    advice: 'Lock the copy again and send the change again; what was saved before is still there.',
    fr: {
      happened: 'Votre verrou a expiré ou a été levé.',
      advice: 'Verrouillez de nouveau et renvoyez la modification ; le reste est conservé.',
    },
  },
  'lock-token-mismatch': {
    title: 'Another tab or person holds the copy now',
    happened: 'The token of this tab is not that of the live lock; `lock` says who holds it.',
    advice: 'Go on in the tab that holds it, or take over.',
    fr: {
      happened: 'Un autre onglet ou une autre personne tient maintenant la copie.',
      advice: 'Continuez dans cet autre onglet, ou reprenez le verrou.',
    },
  },
  'invalid-annotation': {
    title: 'The annotation does not fit',
    happened: 'It lies on a page that is not there, reaches over the edge, or lacks what its kind needs.',
    advice: 'Draw it again.',
    fr: { happened: 'L’annotation ne tient pas sur la page ou est incomplète.', advice: 'Refaites-la.' },
  },
  'invalid-score': {
    title: 'The score is not possible',
    happened: 'A score lies between 0 and the maximum of its item, on its step; both are in the answer.',
    advice: 'Give a score that fits.',
    fr: {
      happened: 'La note sort de l’intervalle ou du pas de la question.',
      advice: 'Donnez une note possible.',
    },
  },
  'unknown-item': {
    title: 'The rubric has no such item',
    happened: 'The item is not of this exam, or carries no points itself because it has parts.',
    advice: 'Load the scores again and choose one of their items.',
    fr: {
      happened: 'Cette question n’est pas dans le barème, ou ne porte pas de points elle-même.',
      advice: 'Rechargez les notes et choisissez l’une des questions.',
    },
  },
  'marks-incomplete': {
    title: 'Some questions have no score yet',
    happened:
      'This exam asks for a score of every item before a copy is finalized; `missingItems` lists them.',
    advice: 'Score the missing items; 0 is a score.',
    fr: {
      happened: 'Des questions n’ont pas encore de note.',
      advice: 'Notez-les ; 0 est une note.',
    },
  },
  'not-graded': {
    title: 'The copy is not graded yet',
    happened: 'There is no marked PDF before the copy is graded.',
    advice: 'Finalize the copy, or wait until its finalization has ended.',
    fr: {
      happened: 'La copie n’est pas encore notée.',
      advice: 'Finalisez-la, ou attendez la fin de la finalisation.',
    },
  },
  'review-not-possible': {
    title: 'The pages are not where this needs them',
    happened:
      'Pages were filed, discarded or moved meanwhile, or the operation does not fit them; `reason` says how.',
    advice: 'Look at the pages again, then repeat what still makes sense.',
    fr: {
      happened:
        'Des pages ont été classées, écartées ou déplacées entre-temps, ou l’opération ne leur convient pas.',
      advice: 'Regardez de nouveau les pages, puis refaites ce qui a encore un sens.',
    },
  },
  'split-not-possible': {
    title: 'The scan cannot be cut that way',
    happened:
      'Cutting by codes needs the code pattern of the exam, with `{copy}`, and with `{page}` when every page has a code; and it excludes a fixed number of pages.',
    advice: 'Give the exam its code pattern, or choose one way of cutting.',
    fr: {
      happened:
        'Découper par codes demande le modèle de code de l’examen, avec `{copy}`, et `{page}` si chaque page a un code ; cela exclut un nombre fixe de pages.',
      advice: 'Donnez son modèle de code à l’examen, ou choisissez une seule façon de découper.',
    },
  },
  'invalid-code-pattern': {
    title: 'The code pattern does not hold',
    happened:
      'A pattern has `{copy}` or `{page}` or both, `{exam}` at most once, with something between two of them; and the sample must follow it.',
    advice: 'Scan the code of a real sheet with a telephone, and write the pattern that its text follows.',
    fr: {
      happened:
        'Un modèle contient `{copy}` ou `{page}`, ou les deux, `{exam}` au plus une fois, et quelque chose entre deux champs ; l’exemple doit le suivre.',
      advice: 'Lisez le code d’une vraie feuille avec un téléphone, et écrivez le modèle que suit son texte.',
    },
  },
  'no-rubric': {
    title: 'The exam has no rubric yet',
    happened: 'Without a rubric there is nothing to add up.',
    advice: 'An administrator gives the exam its rubric.',
    fr: {
      happened: 'L’examen n’a pas encore de barème.',
      advice: 'Un administrateur doit en donner un à l’examen.',
    },
  },
  'invalid-rubric': {
    title: 'The rubric does not hold together',
    happened: 'A question has both points and parts, or neither, or a maximum that is not on its step.',
    advice: 'Give each question either parts, or a maximum and a step that divides it.',
    fr: {
      happened: 'Le barème n’est pas cohérent.',
      advice: 'Chaque question a soit des parties, soit un maximum multiple de son pas.',
    },
  },
  'rubric-in-use': {
    title: 'Copies are already marked with this rubric',
    happened: 'Scores or remarks refer to the items of the rubric, so it cannot be replaced.',
    advice: 'Make the change before the first score or remark, or make a new exam.',
    fr: {
      happened: 'Des copies sont déjà notées avec ce barème.',
      advice: 'Modifiez-le avant la première note ou remarque, ou créez un autre examen.',
    },
  },
  'no-markers': {
    title: 'The exam has no marker yet',
    happened: 'Copies cannot be shared among nobody.',
    advice: 'Add markers to the exam, then share the copies.',
    fr: {
      happened: 'L’examen n’a pas encore de correcteur.',
      advice: 'Ajoutez des correcteurs, puis distribuez les copies.',
    },
  },
  'not-a-student': {
    title: 'The account is not a student',
    happened: 'Only of an account with the role `student` can it be said that a copy is theirs.',
    advice: 'Choose another account, or make one with that role.',
    fr: {
      happened: 'Ce compte n’a pas le rôle d’élève.',
      advice: 'Choisissez un autre compte.',
    },
  },
  'copy-has-student': {
    title: 'It was said already whose copy this is',
    happened: 'The copy is another student’s, as far as it was said.',
    advice: 'Take that back before (`DELETE /api/copies/<copy>/student`), if it is wrong.',
    fr: {
      happened: 'La copie est déjà rattachée à un autre élève.',
      advice: 'Détachez-la d’abord, si c’est une erreur.',
    },
  },
  'student-has-copy': {
    title: 'The student has another copy of the exam',
    happened: 'A student has one copy of an exam, and another one was linked to this student.',
    advice: 'See which one it is in the exam. Pages of the same student in two copies are merged before.',
    fr: {
      happened: 'Cet élève a déjà une autre copie de cette épreuve.',
      advice: 'Vérifiez laquelle est la sienne ; deux parties d’une même copie se fusionnent avant.',
    },
  },
  'not-a-marker': {
    title: 'The account is not a marker',
    happened: 'Only accounts with the role `marker` mark copies of an exam.',
    advice: 'Choose another account, or make one with that role.',
    fr: {
      happened: 'Ce compte n’a pas le rôle de correcteur.',
      advice: 'Choisissez un autre compte.',
    },
  },
}
