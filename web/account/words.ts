import { defineWords } from '../shared/words.ts'

export const accountWords = defineWords(
  {
    title: 'Réglages',
    lead: 'Ils valent pour cet appareil et restent après la déconnexion.',
    language: 'Langue',
    theme: 'Apparence',
    themes: { system: 'Comme le système', light: 'Claire', dark: 'Sombre' },
    contrast: 'Contraste',
    contrasts: { system: 'Comme le système', more: 'Renforcé' },
    contrastHint: 'Le contraste renforcé noircit les textes et marque les contours.',
    panelSide: 'Notes dans l’atelier de correction',
    panelSides: { right: 'À droite de la page', left: 'À gauche de la page' },
    panelSideHint:
      'Une main qui écrit sur la page ne doit pas les cacher. Les touches se choisissent dans l’atelier, avec « ? ».',
  },
  {
    title: 'Settings',
    lead: 'They are for this device, and stay after you sign out.',
    language: 'Language',
    theme: 'Appearance',
    themes: { system: 'Like the system', light: 'Light', dark: 'Dark' },
    contrast: 'Contrast',
    contrasts: { system: 'Like the system', more: 'Increased' },
    contrastHint: 'Increased contrast makes text darker and outlines stronger.',
    panelSide: 'Scores on the workbench',
    panelSides: { right: 'Right of the page', left: 'Left of the page' },
    panelSideHint:
      'A hand that writes on the page should not hide them. Keys are chosen on the workbench, with "?".',
  },
)
