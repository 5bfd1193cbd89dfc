import type { Probe } from '../../src/operations/probes.ts'
import type { Text } from '../../src/operations/scenarios/scenario.ts'

const NO_ROW: Text = {
  en: 'no row. Each row is something that is wrong, with its ids.',
  fr: 'aucune ligne. Chaque ligne est quelque chose qui ne va pas, avec ses identifiants.',
}
const NO_LINE: Text = {
  en: 'no line of the last quarter of an hour.',
  fr: 'aucune ligne du dernier quart d’heure.',
}
const ANSWERS: Text = { en: '`200`.', fr: '`200`.' }

const SINCE_START: Text = {
  en: '0. It counts from the start of the process; a number that does not grow is history.',
  fr: '0. Le compte part du démarrage du processus ; un nombre qui n’augmente plus est du passé.',
}

/** What probes find on a healthy installation, where it is not merely that they find nothing. */
const EXPECTATIONS: Readonly<Record<string, Text>> = {
  'worker-answers': ANSWERS,
  'api-answers': {
    en: '`200`. A process that is down refuses at once; one that is frozen lets you wait.',
    fr: '`200`. Un processus arrêté refuse aussitôt ; un processus figé fait attendre.',
  },
  'database-answers': {
    en: '`1`. A server that is down refuses at once; one that is frozen lets you wait for three seconds.',
    fr: '`1`. Un serveur arrêté refuse aussitôt ; un serveur figé fait attendre trois secondes.',
  },
  'api-reaches-database': { en: '1.', fr: '1.' },
  'worker-reaches-database': { en: '1.', fr: '1.' },
  'paused-queues': {
    en: 'no row. A pause for `maintenance` in which nothing waits (`waiting` is 0) harms nobody yet.',
    fr: 'aucune ligne. Une pause pour `maintenance` où rien n’attend (`waiting` vaut 0) ne gêne encore personne.',
  },
  'retried-finalizations': {
    en: 'no row, or copies whose next attempt comes by itself within a minute.',
    fr: 'aucune ligne, ou des copies dont la tentative suivante vient d’elle-même dans la minute.',
  },
  'accepted-uploads': {
    en: 'a line for each upload that arrived. Each makes good one broken upload of the same account before it.',
    fr: 'une ligne par dépôt arrivé. Chacun rattrape un dépôt interrompu du même compte, antérieur à lui.',
  },
  'broken-uploads': {
    en: 'no line of the last quarter of an hour with the status 400, 408 or 499.',
    fr: 'aucune ligne du dernier quart d’heure avec le statut 400, 408 ou 499.',
  },
  'free-bytes': { en: 'more than 1000000000 (1 GB).', fr: 'plus de 1000000000 (1 Go).' },
  'sweeper-lock': {
    en: 'one row, whose application is `paraph-worker`. None: no worker sweeps. Another: a foreign program holds the place.',
    fr: 'une ligne, dont l’application est `paraph-worker`. Aucune : personne ne balaie. Une autre : un programme étranger tient la place.',
  },
  'last-sweep': {
    en: 'less than 60. The process itself shows the time of the sweep in seconds since 1970; `date +%s` gives the present one.',
    fr: 'moins de 60. Le processus lui-même montre l’heure du balayage en secondes depuis 1970 ; `date +%s` donne l’heure présente.',
  },
  'refused-locks': {
    en: 'fewer than three lines with the same `copy.id`, of those copies that `leases` lists.',
    fr: 'moins de trois lignes portant le même `copy.id`, parmi les copies que `leases` énumère.',
  },
  leases: {
    en: 'a row for each copy that is being marked, which is right. `silent` of 120 or more: the browser of its holder is gone.',
    fr: 'une ligne par copie en cours de correction, ce qui est normal. `silent` à 120 ou plus : le navigateur du détenteur n’est plus là.',
  },
  'token-mismatches': {
    en: 'fewer than five lines of the last two minutes with the same `copy.id`.',
    fr: 'moins de cinq lignes des deux dernières minutes portant le même `copy.id`.',
  },
  'busy-engines': {
    en: '0, or more while documents are imported or finalized, which is right unless answers are slow.',
    fr: '0, ou davantage pendant que des documents sont importés ou finalisés, ce qui est normal tant que les réponses sont rapides.',
  },
  'long-imports': {
    en: 'no row, or a large scan that moves on: `done` grows when you ask again.',
    fr: 'aucune ligne, ou un gros scan qui avance : `done` augmente quand on redemande.',
  },
  'cpu-pressure': {
    en: '`avg10` of the line `some` below 50.',
    fr: '`avg10` de la ligne `some` inférieur à 50.',
  },
  'slow-answers': {
    en: 'fewer than five lines of the last half minute; uploads (`/api/exams/:examId/batches`, `/api/uploads`) and the stream of an import’s progress do not count.',
    fr: 'moins de cinq lignes de la dernière demi-minute ; les dépôts (`/api/exams/:examId/batches`, `/api/uploads`) et le suivi d’un import ne comptent pas.',
  },
  'connection-refused': {
    en: 'one row. A refusal that says "too many" or "reserved" is the finding: no connection is left.',
    fr: 'une ligne. Un refus qui dit « too many » ou « reserved » est le signe cherché : il ne reste pas de connexion.',
  },
  'pool-waiting': { en: '0.', fr: '0.' },
  'failed-connections': {
    en: 'no line of the last half minute.',
    fr: 'aucune ligne de la dernière demi-minute.',
  },
  connections: {
    en: 'fewer in all than `show max_connections;` says.',
    fr: 'au total, moins que ce que dit `show max_connections;`.',
  },
  'event-loop-lag': { en: 'less than 0.5 (seconds).', fr: 'moins de 0.5 (secondes).' },
  'event-loop-use': { en: 'less than 0.9.', fr: 'moins de 0.9.' },
  'refused-answers': {
    en: 'fewer than ten lines of the last half minute.',
    fr: 'moins de dix lignes de la dernière demi-minute.',
  },
  'append-refusals': {
    en: 'no line, or older ones than the last event that came to its table by itself (`last-direct-event`).',
    fr: 'aucune ligne, ou de plus anciennes que le dernier événement venu de lui-même dans sa table (`last-direct-event`).',
  },
  'last-direct-event': {
    en: 'one row. `at` and `now` are seconds since 1970; `at` later than the last refusal means that it is over.',
    fr: 'une ligne. `at` et `now` sont des secondes depuis 1970 ; `at` postérieur au dernier refus veut dire que c’est passé.',
  },
  'spooled-events': {
    en: 'no row, or `seconds` below 12.',
    fr: 'aucune ligne, ou `seconds` inférieur à 12.',
  },
  'appended-to-spool': SINCE_START,
  'appended-to-nothing': SINCE_START,
  'waiting-events': {
    en: 'no row, or `seconds` of 15 at most.',
    fr: 'aucune ligne, ou `seconds` à 15 au plus.',
  },
  'integrator-place': {
    en: 'one row, in which `ours` is true.',
    fr: 'une ligne, où `ours` est vrai.',
  },
}

/** What a probe finds when all is well. Undefined: nobody has said so of a number, and there is no default for one. */
export function expectationOf({ id, kind }: Probe<unknown>): Text | undefined {
  if (id in EXPECTATIONS) return EXPECTATIONS[id]
  if (kind === 'sql') return NO_ROW
  return kind === 'log' ? NO_LINE : undefined
}
