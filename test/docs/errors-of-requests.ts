import type { Entries } from './error-entry.ts'

/** What can be wrong with a request, with who sends it, or with the moment. */
export const ERRORS_OF_REQUESTS: Entries = {
  'invalid-request': {
    title: 'The request is not as it should be',
    happened: 'A field is missing, has the wrong type, or is out of its range; `fields` lists the paths.',
    advice: 'Correct the fields that `fields` names. `/api/openapi.json` describes what is expected.',
    fr: {
      happened: 'Un champ manque, n’a pas le bon type ou sort de ses limites ; `fields` donne les chemins.',
      advice: 'Corrigez les champs nommés par `fields`.',
    },
  },
  'malformed-body': {
    title: 'The body cannot be read',
    happened:
      'The body is empty, is no valid JSON, broke off, is not as long as it declares, or has malformed chunks.',
    advice: 'Send it again. If it fails every time, the program that sends it has a fault.',
    fr: {
      happened: 'Le corps de la requête est vide, interrompu ou n’est pas du JSON valide.',
      advice: 'Recommencez ; si l’erreur persiste, le programme qui envoie la requête est en cause.',
    },
  },
  'malformed-request': {
    title: 'This is not a request',
    happened:
      'The bytes are no HTTP request, the request names no host or asks for a tunnel, or the address does not decode.',
    advice: 'Check the address, and what stands between the browser and Paraph.',
    fr: {
      happened: 'Les octets reçus ne forment pas une requête HTTP, ou l’adresse est mal formée.',
      advice: 'Vérifiez l’adresse et ce qui se trouve entre le navigateur et Paraph.',
    },
  },
  'malformed-upload': {
    title: 'The upload cannot be read',
    happened: 'The request is no multipart upload of exactly one file, or it broke off.',
    advice: 'Upload the file again, one file at a time and without other fields.',
    fr: {
      happened: 'L’envoi ne contient pas exactement un fichier, ou il a été interrompu.',
      advice: 'Envoyez le fichier de nouveau, seul.',
    },
  },
  'query-too-wide': {
    title: 'The question is too wide',
    happened: 'It would read so much of the audit log that it was stopped after five seconds.',
    advice: 'Ask for a shorter time, or for one stream, request, actor or exam.',
    fr: {
      happened: 'La question porte sur une trop grande partie du journal d’audit.',
      advice: 'Réduisez la période, ou précisez la copie, la requête, la personne ou l’examen.',
    },
  },
  'event-not-provable': {
    title: 'There is no proof of this event',
    happened:
      'The published log does not hold the event: it was written a moment ago, nothing is published, or it is from before Paraph kept such a log. `reason` says which.',
    advice:
      'Try again in a moment. Operators: `paraph audit verify` says whether the log grows as it should.',
    fr: {
      happened:
        'Le journal publié ne contient pas encore cet événement, ou l’événement est antérieur au journal.',
      advice: 'Recommencez dans un instant.',
    },
  },
  'no-session': {
    title: 'Nobody is signed in',
    happened:
      'There is no session, or it has ended: by sign-out, when its twelve hours were over, or with the account.',
    advice: 'Sign in, then do it again.',
    fr: {
      happened: 'Vous n’êtes pas connecté, ou votre session est terminée.',
      advice: 'Connectez-vous, puis recommencez.',
    },
  },
  'wrong-credentials': {
    title: 'The address or the password is wrong',
    happened: 'No account has this e-mail address with this password; which of the two is wrong is not said.',
    advice: 'Check both. An administrator can tell you the address of your account.',
    fr: {
      happened: 'Aucun compte ne correspond à cette adresse et à ce mot de passe.',
      advice: 'Vérifiez les deux ; un administrateur connaît l’adresse de votre compte.',
    },
  },
  'role-not-allowed': {
    title: 'The role does not allow this',
    happened: 'The account is signed in, and its role may not do this. `docs/access.md` has the whole table.',
    advice: 'Ask somebody with the right role, or sign in with the right account.',
    fr: {
      happened: 'Votre rôle ne permet pas cette action.',
      advice: 'Adressez-vous à une personne qui a le rôle voulu.',
    },
  },
  'not-assigned': {
    title: 'The copy or the exam is somebody else’s',
    happened: 'A marker reads and writes the copies assigned to him or her, in exams where he or she marks.',
    advice: 'If it should be yours, ask the administrator of the exam to assign it.',
    fr: {
      happened: 'Cette copie ou cet examen ne vous est pas attribué.',
      advice: 'S’il devait l’être, demandez à l’administrateur de l’examen.',
    },
  },
  'foreign-origin': {
    title: 'The request comes from another site',
    happened: 'A browser asked for a change from a page that is not Paraph’s own.',
    advice:
      'Use Paraph’s own address. Operators: the public address belongs into `PARAPH_ORIGIN`, exactly as browsers show it.',
    fr: {
      happened: 'Une page d’un autre site a demandé une modification.',
      advice: 'Passez par l’adresse de Paraph ; l’exploitant vérifie `PARAPH_ORIGIN`.',
    },
  },
  'not-found': {
    title: 'There is nothing here',
    happened: 'The address names nothing, or nothing any more.',
    advice: 'Go back to the list and choose again.',
    fr: { happened: 'L’adresse ne désigne rien.', advice: 'Revenez à la liste et choisissez de nouveau.' },
  },
  'method-not-allowed': {
    title: 'This cannot be done with this address',
    happened: 'The address exists and knows other methods; the header `Allow` lists them.',
    advice: 'Use one of the methods in `Allow`.',
    fr: {
      happened: 'L’adresse existe mais n’accepte pas cette méthode ; `Allow` donne celles qu’elle accepte.',
      advice: 'Utilisez l’une de ces méthodes.',
    },
  },
  'request-timeout': {
    title: 'The request took too long to arrive',
    happened: 'Headers have 15 seconds, a request 30 seconds, an upload two hours to arrive.',
    advice: 'Send it again, over a better line if it is an upload.',
    fr: {
      happened: 'La requête a mis trop de temps à arriver.',
      advice: 'Recommencez, avec une meilleure connexion pour un envoi de fichier.',
    },
  },
  'too-large': {
    title: 'It is too large',
    happened: 'A file may have 512 MiB, any other body 1 MiB.',
    advice: 'Split the scan into several files, or scan at 200 to 300 dpi.',
    fr: {
      happened: 'Le fichier dépasse 512 Mio, ou la requête 1 Mio.',
      advice: 'Découpez le scan en plusieurs fichiers, ou numérisez à 200–300 ppp.',
    },
  },
  'unsupported-media-type': {
    title: 'This media type is not accepted',
    happened: 'The body is neither JSON nor, where a file is expected, multipart.',
    advice: 'Send `application/json`, or `multipart/form-data` with one file.',
    fr: {
      happened: 'Le type de contenu n’est pas accepté ici.',
      advice: 'Envoyez du JSON, ou un fichier en `multipart/form-data`.',
    },
  },
  'expectation-failed': {
    title: 'Nothing like this can be expected here',
    happened: 'The header `Expect` of the request asks for something else than `100-continue`.',
    advice: 'Send it without that header. If it comes from a browser, a proxy in between adds it.',
    fr: {
      happened: 'L’en-tête `Expect` demande autre chose que `100-continue`.',
      advice: 'Recommencez sans cet en-tête ; un mandataire l’ajoute peut-être.',
    },
  },
  'headers-too-large': {
    title: 'The headers are too large',
    happened: 'The headers of a request may have 16 KiB.',
    advice: 'Remove the cookies of this site in the browser, then sign in again.',
    fr: {
      happened: 'Les en-têtes de la requête dépassent 16 Kio.',
      advice: 'Effacez les cookies de ce site, puis reconnectez-vous.',
    },
  },
  'version-required': {
    title: 'The version is missing',
    happened: 'A change of something that has versions names the version it changes, in `If-Match`.',
    advice: 'Read it, then send the change with the version that was read.',
    fr: {
      happened: 'La modification n’indique pas la version qu’elle modifie (`If-Match`).',
      advice: 'Relisez l’objet, puis envoyez la modification avec sa version.',
    },
  },
  'version-conflict': {
    title: 'It was changed meanwhile',
    happened: 'Another tab or person changed it first; `current` or `currentVersion` says what is there now.',
    advice: 'Look at what is there now, then make the change again if it is still right.',
    fr: {
      happened: 'Un autre onglet ou une autre personne l’a modifié entre-temps.',
      advice: 'Regardez la valeur actuelle, puis refaites la modification si elle convient toujours.',
    },
  },
  'idempotency-key-reused': {
    title: 'This key was used for another upload',
    happened: 'An `Idempotency-Key` names one upload; the same key came with another file or another exam.',
    advice: 'Use a new key for a new upload.',
    fr: {
      happened: 'La même `Idempotency-Key` a servi à un autre envoi.',
      advice: 'Prenez une nouvelle clé pour un nouvel envoi.',
    },
  },
  'too-many-attempts': {
    title: 'Too many attempts to sign in',
    happened:
      'After ten failures each further try for this e-mail address has to wait; `Retry-After` says how long.',
    advice: 'Wait, then check the password. A success clears the count.',
    fr: {
      happened: 'Trop de tentatives de connexion pour cette adresse ; `Retry-After` donne l’attente.',
      advice: 'Attendez, puis vérifiez le mot de passe.',
    },
  },
  'too-many-requests': {
    title: 'Too many requests',
    happened:
      'One client address tried to sign in too often, or one account or address asked too much in a minute; `Retry-After` says when it may go on.',
    advice:
      'Wait. Operators: behind a proxy, set `PARAPH_TRUSTED_PROXY`, or everybody counts as one client; the limits are `PARAPH_SIGN_IN_LIMIT` and `PARAPH_REQUEST_LIMIT`.',
    fr: {
      happened: 'Trop de requêtes depuis cette adresse ou ce compte ; `Retry-After` donne l’attente.',
      advice: 'Attendez. Derrière un mandataire, l’exploitant règle `PARAPH_TRUSTED_PROXY`.',
    },
  },
  'account-exists': {
    title: 'There is already such an account',
    happened: 'Another account has this e-mail address.',
    advice: 'Look for it in the list of accounts, or use another address.',
    fr: {
      happened: 'Un compte a déjà cette adresse.',
      advice: 'Cherchez-le dans la liste, ou prenez une autre adresse.',
    },
  },
  'invalid-email': {
    title: 'This is not an e-mail address',
    happened: 'The address of the new account is not of the form name@host.',
    advice: 'Correct the address.',
    fr: { happened: 'L’adresse électronique n’est pas valable.', advice: 'Corrigez l’adresse.' },
  },
  'weak-password': {
    title: 'The password is too short or too long',
    happened: 'A password has 12 to 128 characters.',
    advice: 'Choose a longer one; four words that have nothing to do with one another are good.',
    fr: {
      happened: 'Un mot de passe compte de 12 à 128 caractères.',
      advice: 'Choisissez-en un plus long ; quatre mots sans rapport conviennent bien.',
    },
  },
  internal: {
    title: 'Something went wrong on our side',
    happened:
      'A fault of Paraph, or something it did not foresee. The log has one line of it under the `requestId`.',
    advice:
      'Try again. If it stays, give the operator the `requestId`; the log holds the place in the code, never your data.',
    fr: {
      happened: 'Une erreur interne de Paraph.',
      advice: 'Recommencez ; si elle persiste, donnez le `requestId` à l’exploitant.',
    },
  },
  'database-unavailable': {
    title: 'The database does not answer',
    happened: 'The connection to PostgreSQL was refused or broke off.',
    advice: 'Wait a moment and do it again. Operators: `/readyz` and the log say which check fails.',
    fr: {
      happened: 'La base de données ne répond pas.',
      advice: 'Attendez un instant et recommencez.',
    },
  },
  'upload-version-unsupported': {
    title: 'The upload speaks another version of its protocol',
    happened: 'Uploads in parts follow tus 1.0.0, and each request says so (`Tus-Resumable: 1.0.0`).',
    advice: 'Use a client for that version; `docs/upload.md` shows the requests.',
    fr: {
      happened: 'Les dépôts en plusieurs parties suivent tus 1.0.0, et chaque requête doit le dire.',
      advice: 'Utilisez un client de cette version.',
    },
  },
  'storage-full': {
    title: 'The disk is full',
    happened:
      'There is no room for the file and what is made of it; nothing was stored. What has arrived of an upload in parts is kept.',
    advice:
      'Tell the operator. Operators: free some space in the data folder, then have it done again; `PARAPH_DISK_RESERVE_MIB` is the room that no upload may take.',
    fr: {
      happened: 'Le disque est plein ; rien n’a été enregistré.',
      advice: 'Prévenez l’exploitant, qui libère de la place.',
    },
  },
  'shutting-down': {
    title: 'Paraph is stopping',
    happened: 'The process was asked to stop and takes no new work.',
    advice: 'Try again in a moment.',
    fr: { happened: 'Paraph est en train de s’arrêter.', advice: 'Recommencez dans un instant.' },
  },
  'repair-not-applicable': {
    title: 'The repair does not apply',
    happened:
      'What `paraph repair` was to set going again is not in the state that the repair is for: an import that has not failed, a queue that is not paused, a session that nobody waits for.',
    advice: 'Ask `paraph doctor` again: somebody may have been faster, or something else is the cause.',
    fr: {
      happened:
        'Ce qu’il fallait remettre en marche n’est pas, ou plus, dans l’état que cette action répare.',
      advice: 'Relancez `paraph doctor` : quelqu’un l’a peut-être déjà fait, ou la cause est ailleurs.',
    },
  },
}
