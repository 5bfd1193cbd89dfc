import type { Entries } from './error-entry.ts'

/** What can be wrong with a scan that is uploaded or read; also the codes of failed imports and of single pages. */
export const ERRORS_OF_SCANS: Entries = {
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
}
