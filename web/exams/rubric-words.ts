import { countIn } from '../shared/plural.ts'
import { defineWords } from '../shared/words.ts'

const compter = countIn('fr')
const count = countIn('en')

export const rubricWords = defineWords(
  {
    title: 'Modifier le barème',
    back: 'Revenir à l’épreuve',
    lead: 'Le nouveau barème vaut pour toutes les copies de l’épreuve. Dès qu’une note est saisie, il ne change plus : une note donnée garde son sens.',
    open: (copies: number) =>
      compter(copies, {
        one: '# copie est en correction : si une note y est déjà saisie, le changement sera refusé.',
        other: '# copies sont en correction : si une note y est déjà saisie, le changement sera refusé.',
      }),
    fixed: (copies: number) =>
      compter(copies, { one: '# copie est déjà corrigée', other: '# copies sont déjà corrigées' }) +
      ' avec ce barème : il ne peut plus changer. Les notes et les PDF corrigés restent comme ils sont, même si une copie est rouverte. Pour un autre barème, créez une autre épreuve et déposez-y les scans.',
    inUse:
      'Le barème n’a pas changé : une note a déjà été saisie, et elle garde son sens. Votre saisie est encore là, mais elle ne peut plus être enregistrée.',
    conflict:
      'Quelqu’un a changé le barème entre-temps : rien n’a été enregistré, et votre saisie est encore là.',
    takeTheirs: 'Prendre le barème présent',
    keepMine: 'Garder ma saisie',
    kept: 'Votre saisie est gardée. Enregistrez-la pour remplacer le barème présent.',
    taken: 'Le barème présent est affiché.',
    save: 'Enregistrer le barème',
    saving: 'Enregistrement…',
    keyHint: 'Entrée passe à la suite ; Ctrl + Entrée enregistre.',
    refused: 'Le barème n’est pas enregistré : des champs sont à corriger.',
    saved: 'Barème enregistré.',
    leave: 'Vos changements ne sont pas enregistrés. Quitter quand même ?',
  },
  {
    title: 'Change the rubric',
    back: 'Back to the exam',
    lead: 'The new rubric is for all copies of the exam. As soon as a score is given it no longer changes: a score keeps its meaning.',
    open: (copies) =>
      count(copies, {
        one: '# copy is being marked: if it has a score already, the change will be refused.',
        other: '# copies are being marked: if one has a score already, the change will be refused.',
      }),
    fixed: (copies) =>
      count(copies, { one: '# copy is graded', other: '# copies are graded' }) +
      ' by this rubric: it no longer changes. Scores and marked PDFs stay as they are, even if a copy is reopened. For another rubric create another exam, and upload the scans there.',
    inUse:
      'The rubric has not changed: a score was given already, and keeps its meaning. What you have typed is still here, but it can no longer be saved.',
    conflict:
      'Somebody changed the rubric meanwhile: nothing was saved, and what you have typed is still here.',
    takeTheirs: 'Take the rubric as it is now',
    keepMine: 'Keep what I have typed',
    kept: 'What you have typed is kept. Save it to replace the rubric as it is now.',
    taken: 'The rubric is shown as it is now.',
    save: 'Save the rubric',
    saving: 'Saving…',
    keyHint: 'Enter goes on; Ctrl + Enter saves.',
    refused: 'The rubric was not saved: some fields need your attention.',
    saved: 'Rubric saved.',
    leave: 'Your changes are not saved. Leave all the same?',
  },
)
