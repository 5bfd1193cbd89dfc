import type { Entries } from './error-entry.ts'

/** What can be in the way while copies are imported, marked and finalized; also the codes of failed jobs. */
export const ERRORS_OF_COPIES: Entries = {
  'not-a-pdf': {
    title: 'The file is not a PDF',
    happened: 'A PDF names itself within its first kilobyte; this file does not.',
    advice: 'Export the scan as PDF and upload that.',
    fr: { happened: 'Le fichier n’est pas un PDF.', advice: 'Exportez le scan en PDF et envoyez-le.' },
  },
  'duplicate-scan': {
    title: 'The exam has this scan already',
    happened: 'The very same file was uploaded for this exam before; `batchId` says which batch it is.',
    advice:
      'Look at that batch first. If you want the scan twice, upload it with `duplicate=allow`, or finish the upload that was refused so (`POST /api/uploads/…/finish?duplicate=allow`).',
    fr: {
      happened: 'Ce même fichier a déjà été déposé pour cet examen ; `batchId` dit dans quel lot.',
      advice:
        'Regardez d’abord ce lot. Si vous voulez vraiment le scan deux fois, déposez-le avec `duplicate=allow`.',
    },
  },
  'upload-differs': {
    title: 'What has arrived is not the file that was announced',
    happened:
      'The upload said beforehand what its content is (`sha256`), and another content has arrived. Nothing was kept.',
    advice: 'The file was probably changed in between: upload it again.',
    fr: {
      happened: 'Le contenu reçu n’est pas celui qui avait été annoncé ; rien n’a été gardé.',
      advice: 'Le fichier a sans doute changé entre-temps : déposez-le de nouveau.',
    },
  },
  'upload-offset-differs': {
    title: 'The upload goes on elsewhere',
    happened:
      'The bytes that were sent do not follow the last ones that have arrived, or some are still missing.',
    advice:
      'Ask where to go on (`HEAD`, or `GET` for a person) and send the bytes from there; `docs/upload.md` shows how.',
    fr: {
      happened: 'Ces octets ne suivent pas les derniers reçus, ou il en manque encore.',
      advice: 'Demandez où reprendre (`HEAD`) et envoyez la suite à partir de là.',
    },
  },
  corrupt: {
    title: 'The PDF is damaged',
    happened: 'The PDF is cut short or its inner structure cannot be read.',
    advice: 'Scan or export it again; a copy that broke off on its way is the usual cause.',
    fr: {
      happened: 'Le PDF est endommagé ou incomplet.',
      advice: 'Numérisez ou exportez-le de nouveau.',
    },
  },
  encrypted: {
    title: 'The PDF has a password',
    happened: 'The pages cannot be read without a password.',
    advice: 'Save it without a password, then upload it.',
    fr: {
      happened: 'Le PDF est protégé par un mot de passe.',
      advice: 'Enregistrez-le sans mot de passe, puis envoyez-le.',
    },
  },
  'no-pages': {
    title: 'The PDF has no page',
    happened: 'There is nothing to mark in it, or not the pages that were asked for.',
    advice: 'Check the scanner’s feeder and scan again.',
    fr: { happened: 'Le PDF n’a aucune page.', advice: 'Vérifiez le chargeur et numérisez de nouveau.' },
  },
  'too-many-pages': {
    title: 'The PDF has too many pages',
    happened: 'One file may have 2,500 pages.',
    advice: 'Split it into several files.',
    fr: {
      happened: 'Le PDF dépasse 2 500 pages.',
      advice: 'Découpez-le en plusieurs fichiers.',
    },
  },
  'page-too-large': {
    title: 'A page is too large',
    happened: 'A page would have more than 80 megapixels.',
    advice: 'Scan at 200 to 300 dpi, on the real size of the paper.',
    fr: {
      happened: 'Une page dépasse 80 mégapixels.',
      advice: 'Numérisez à 200–300 ppp, au format réel du papier.',
    },
  },
  timeout: {
    title: 'Reading the PDF took too long',
    happened: 'The process that reads it was silent for too long and was ended, more than once.',
    advice:
      'Scan it again. Operators: `PARAPH_PAGE_TIMEOUT_SECONDS` and `PARAPH_DOCUMENT_TIMEOUT_SECONDS` set the limits.',
    fr: {
      happened: 'La lecture du PDF a pris trop de temps.',
      advice: 'Numérisez-le de nouveau ; l’exploitant peut allonger les délais.',
    },
  },
  'out-of-memory': {
    title: 'Reading the PDF needed too much memory',
    happened: 'The process that reads it asked for more memory than a document may have, and was ended.',
    advice: 'Scan it again at 200 to 300 dpi; pictures of pages unpacked far beyond their size cause this.',
    fr: {
      happened: 'La lecture du PDF demande trop de mémoire.',
      advice: 'Numérisez-le de nouveau à 200–300 ppp.',
    },
  },
  'engine-fault': {
    title: 'The PDF engine stopped',
    happened:
      'The process that reads this document ended unexpectedly, more than once. Other documents are not touched.',
    advice:
      'Scan it again, or print it into a new PDF. Operators: keep the file apart, it shows a fault of the engine.',
    fr: {
      happened: 'Le moteur PDF s’est arrêté sur ce document.',
      advice: 'Numérisez-le de nouveau, ou réimprimez-le en PDF.',
    },
  },
  'engine-closed': {
    title: 'The PDF engine is shutting down',
    happened: 'The worker is stopping; the job starts again with the next one.',
    advice: 'Nothing: it goes on by itself.',
    fr: { happened: 'Le traitement s’arrête avec le service.', advice: 'Rien : il reprend de lui-même.' },
  },
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
