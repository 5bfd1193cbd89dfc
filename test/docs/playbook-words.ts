export const LANGUAGES = ['en', 'fr'] as const
export type Language = (typeof LANGUAGES)[number]

/** The sections of a page, in their order. */
export const SECTIONS: Readonly<Record<Language, readonly string[]>> = {
  en: ['Impact', 'Symptoms', 'Diagnosis', 'Root causes', 'Actions', 'Verify it is over', 'Escalate'],
  fr: [
    'Impact',
    'Symptômes',
    'Diagnostic',
    'Causes',
    'Actions',
    'Vérifier que c’est fini',
    'Faire appel à quelqu’un',
  ],
}

/** What the generated parts of the pages say. */
export const WORDS = {
  en: {
    severity: { page: '`page`: wakes somebody', ticket: '`ticket`: waits for the morning' },
    after: (minutes: number) => `; once it has held for ${minutes} min`,
    expected: 'Expected:',
    toldBy: 'Told by',
    bringsAbout: 'It brings about',
    whatToDo: 'what to do',
    risk: 'Risk:',
    undo: 'Undo:',
    verify: 'Verify (it must end with 0):',
    braces:
      'A word in braces stands for the column of that name in the rows of the probe; `paraph doctor` prints each command with the ids filled in.',
  },
  fr: {
    severity: { page: '`page` : réveille quelqu’un', ticket: '`ticket` : attend le matin' },
    after: (minutes: number) => ` ; quand cela dure depuis ${minutes} min`,
    expected: 'Attendu :',
    toldBy: 'Se voit à',
    bringsAbout: 'Elle entraîne',
    whatToDo: 'que faire',
    risk: 'Risque :',
    undo: 'Annuler :',
    verify: 'Vérifier (la commande doit finir par 0) :',
    braces:
      'Un mot entre accolades représente la colonne de ce nom dans les lignes trouvées ; `paraph doctor` affiche chaque commande avec les identifiants en place.',
  },
} as const
