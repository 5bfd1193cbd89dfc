import { countIn } from '../shared/plural.ts'
import { defineWords } from '../shared/words.ts'

const compter = countIn('fr')
const count = countIn('en')

export const wholeLogWords = defineWords(
  {
    title: 'Vérifier le journal',
    lead: 'Ce navigateur lit chaque entrée publiée, recalcule l’arbre et compare sa racine à celle qui est signée.',
    nothing: 'Rien n’est encore publié',
    nothingText:
      'Le journal signé paraît une seconde environ après le premier événement, si le service de fond tourne.',
    start: 'Vérifier tout le journal',
    stop: 'Arrêter',
    progress: (done: string, all: string) => `${done} entrées vérifiées sur ${all}`,
    progressLabel: 'Avancement',
    authentic: (entries: number) =>
      compter(entries, {
        one: 'Intact. La seule entrée du journal mène à la racine signée.',
        other: 'Intact. Les # entrées du journal mènent à la racine signée.',
      }),
    continues: (entries: number) =>
      compter(entries, {
        one: 'Il prolonge le point de contrôle que vous avez gardé (une entrée).',
        other: 'Il prolonge le point de contrôle que vous avez gardé (# entrées).',
      }),
    scope:
      'Ceci vérifie le journal publié. Que la base de données dise la même chose se vérifie copie par copie, ou par « paraph audit verify ».',
    checkpoint: 'Dernier point de contrôle publié',
    origin: 'Journal',
    size: 'Entrées',
    root: 'Racine',
    note: 'Point de contrôle signé',
    save: 'Garder ce point de contrôle',
    kept: 'Point de contrôle gardé d’un autre jour',
    keptHint: 'Facultatif. Le fichier montre si le journal a été réécrit ou coupé depuis.',
  },
  {
    title: 'Verify the log',
    lead: 'This browser reads every published entry, computes the tree anew and compares its root with the one that is signed.',
    nothing: 'Nothing is published yet',
    nothingText: 'The signed log shows about a second after the first event, if the worker runs.',
    start: 'Verify the whole log',
    stop: 'Stop',
    progress: (done, all) => `${done} of ${all} entries verified`,
    progressLabel: 'Progress',
    authentic: (entries) =>
      count(entries, {
        one: 'Intact. The one entry of the log leads to the signed root.',
        other: 'Intact. All # entries of the log lead to the signed root.',
      }),
    continues: (entries) =>
      count(entries, {
        one: 'It continues the checkpoint that you kept (one entry).',
        other: 'It continues the checkpoint that you kept (# entries).',
      }),
    scope:
      'This verifies the published log. That the database says the same is verified copy by copy, or with “paraph audit verify”.',
    checkpoint: 'Last published checkpoint',
    origin: 'Log',
    size: 'Entries',
    root: 'Root',
    note: 'Signed checkpoint',
    save: 'Keep this checkpoint',
    kept: 'Checkpoint kept from another day',
    keptHint: 'Optional. The file shows whether the log was rewritten or cut since.',
  },
)
