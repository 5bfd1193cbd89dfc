import { useSyncExternalStore } from 'react'

export const LANGUAGES = ['fr', 'en'] as const
export type Language = (typeof LANGUAGES)[number]
export const THEMES = ['system', 'light', 'dark'] as const
export const CONTRASTS = ['system', 'more'] as const
const LETTER_KEYS = ['on', 'off'] as const
export const PANEL_SIDES = ['right', 'left'] as const

export type Settings = {
  readonly language: Language
  readonly theme: (typeof THEMES)[number]
  readonly contrast: (typeof CONTRASTS)[number]
  /** Whether keys of one letter do something on the workbench (WCAG 2.1.4). */
  readonly letterKeys: (typeof LETTER_KEYS)[number]
  /** The letters that were given to other shortcuts than at first, by the name of the shortcut. */
  readonly shortcuts: Readonly<Record<string, string>>
  /** Where the scores stand on the workbench: whoever writes with the left hand wants them out of its way. */
  readonly panelSide: (typeof PANEL_SIDES)[number]
}

/** Of the device, not of a person: signing out leaves it. */
export const SETTINGS_KEY = 'paraph.settings'

const prefersContrast = window.matchMedia('(prefers-contrast: more)')
const listeners = new Set<() => void>()
let current = readSettings()

/** The settings of this device; the component is drawn again when they change. */
export function useSettings(): Settings {
  return useSyncExternalStore(subscribe, currentSettings)
}

/** The settings outside a component. */
export function currentSettings(): Settings {
  return current
}

export function useLanguage(): Language {
  return useSettings().language
}

/** Changes settings, keeps them on this device and applies them at once. */
export function changeSettings(change: Partial<Settings>): void {
  current = { ...current, ...change }
  try {
    localStorage.setItem(SETTINGS_KEY, JSON.stringify(current))
  } catch {
    // A browser that stores nothing keeps them for as long as the page is open.
  }
  applySettings()
  for (const listener of listeners) listener()
}

/** Puts the settings on the root element, where the style sheet and screen readers find them. */
export function applySettings(): void {
  const { dataset } = document.documentElement
  document.documentElement.lang = current.language
  dataset['theme'] = current.theme
  dataset['contrast'] = current.contrast === 'more' || prefersContrast.matches ? 'more' : 'normal'
}

prefersContrast.addEventListener('change', applySettings)

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function readSettings(): Settings {
  const stored = readStored()
  const spoken: Language = navigator.language.toLowerCase().startsWith('fr') ? 'fr' : 'en'
  return {
    language: oneOf(LANGUAGES, stored['language'], spoken),
    theme: oneOf(THEMES, stored['theme'], 'system'),
    contrast: oneOf(CONTRASTS, stored['contrast'], 'system'),
    letterKeys: oneOf(LETTER_KEYS, stored['letterKeys'], 'on'),
    shortcuts: lettersIn(stored['shortcuts']),
    panelSide: oneOf(PANEL_SIDES, stored['panelSide'], 'right'),
  }
}

function readStored(): Record<string, unknown> {
  try {
    return (JSON.parse(localStorage.getItem(SETTINGS_KEY) ?? '{}') ?? {}) as Record<string, unknown>
  } catch {
    return {}
  }
}

function oneOf<T extends string>(known: readonly T[], value: unknown, otherwise: T): T {
  return known.find((one) => one === value) ?? otherwise
}

function lettersIn(value: unknown): Readonly<Record<string, string>> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return Object.fromEntries(entries.filter(([, letter]) => /^\p{Letter}$/u.test(String(letter))))
}
