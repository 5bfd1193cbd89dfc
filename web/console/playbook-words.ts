import { defineWords } from '../shared/words.ts'

export const playbookWords = defineWords(
  {
    title: 'Manuel d’exploitation',
    back: 'Revenir à la console',
    missing: 'Aucune page de ce nom',
    missingText: 'Les pages du manuel s’ouvrent depuis les incidents de la console.',
  },
  {
    title: 'Playbook',
    back: 'Back to the console',
    missing: 'No page of that name',
    missingText: 'The pages of the playbook are opened from the incidents of the console.',
  },
)
