import { countIn } from '../shared/plural.ts'
import { defineWords } from '../shared/words.ts'

const compter = countIn('fr')
const count = countIn('en')

export const incidentWords = defineWords(
  {
    title: 'Incidents',
    none: 'Aucun incident. Le docteur n’a rien trouvé d’anormal.',
    nonePartly: 'Rien d’anormal dans ce qui a pu être demandé ; cela ne dit pas que tout va bien.',
    asked: (probes: number, milliseconds: string) =>
      `${compter(probes, { one: '# question posée', other: '# questions posées' })} en ${milliseconds}.`,
    unreached: 'Le docteur n’a pas pu tout demander :',
    explained: 'Effet d’une autre cause :',
    evidence: 'Ce qui le montre',
    expected: 'Attendu',
    found: 'Trouvé',
    more: (rows: number) => compter(rows, { one: 'et # autre ligne', other: 'et # autres lignes' }),
    actions: 'Que faire',
    risk: 'Risque',
    undo: 'Retour en arrière',
    verify: 'Vérifier ensuite',
    command: 'commande',
    perform: 'Simuler, puis exécuter…',
    performFor: (about: string) => `Simuler, puis exécuter : ${about}`,
    byHand: 'À taper sur le serveur.',
    playbook: 'Page du manuel',
  },
  {
    title: 'Incidents',
    none: 'No incident. The doctor found nothing out of order.',
    nonePartly: 'Nothing out of order in what could be asked; that does not say that all is well.',
    asked: (probes, milliseconds) =>
      `${count(probes, { one: '# question asked', other: '# questions asked' })} in ${milliseconds}.`,
    unreached: 'The doctor could not ask everything:',
    explained: 'An effect of another cause:',
    evidence: 'What shows it',
    expected: 'Expected',
    found: 'Found',
    more: (rows) => count(rows, { one: 'and # more row', other: 'and # more rows' }),
    actions: 'What to do',
    risk: 'Risk',
    undo: 'Way back',
    verify: 'Then verify',
    command: 'command',
    perform: 'Dry run, then do it…',
    performFor: (about) => `Dry run, then do it: ${about}`,
    byHand: 'To be typed on the server.',
    playbook: 'Page of the playbook',
  },
)
