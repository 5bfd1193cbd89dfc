import type { AnnotationKind } from './mark.ts'

export type Tool = 'select' | 'eraser' | AnnotationKind

/** What a key does on the workbench. */
export type Action =
  | { readonly do: 'type'; readonly character: string }
  | { readonly do: 'tool'; readonly tool: Tool }
  | { readonly do: 'stamp'; readonly kind: 'tick' | 'cross' }
  | { readonly do: 'move'; readonly dx: number; readonly dy: number }
  | { readonly do: 'question' | 'page' | 'copy'; readonly by: 1 | -1 }
  | { readonly do: 'size' | 'zoom'; readonly by: 1 | -1 }
  | { readonly do: SimpleAction }
type SimpleAction =
  | 'accept'
  | 'finish'
  | 'undo'
  | 'redo'
  | 'delete'
  | 'leave'
  | 'place'
  | 'fit'
  | 'unseen'
  | 'report'
  | 'sheet'
  | 'remark'
  | 'comment'
  | 'keep'
  | 'region'
  | 'contact-sheet'
  | 'palette'

export type KeyPress = {
  readonly key: string
  /** The physical key: on a French keyboard the digits of the top row would need Shift. */
  readonly code: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly shiftKey: boolean
  readonly altKey: boolean
}

/** Where the focus is. `field`: a text is written; `remark`: one that is kept on leaving it; `score`: the field of a score; `control`: a button or a link. */
export type Focus = 'page' | 'score' | 'field' | 'remark' | 'control'

type Shortcut = { readonly letter: string; readonly act: Action; readonly withShift?: Action }

/** What the letters do, and with Shift. Everybody may give them other letters. */
export const SHORTCUTS = {
  next: { letter: 'j', act: { do: 'page', by: 1 }, withShift: { do: 'copy', by: 1 } },
  previous: { letter: 'k', act: { do: 'page', by: -1 }, withShift: { do: 'copy', by: -1 } },
  unseen: { letter: 'u', act: { do: 'unseen' } },
  select: { letter: 'v', act: { do: 'tool', tool: 'select' } },
  ink: { letter: 'p', act: { do: 'tool', tool: 'ink' } },
  highlight: { letter: 'h', act: { do: 'tool', tool: 'highlight' } },
  box: { letter: 'f', act: { do: 'tool', tool: 'box' } },
  comment: { letter: 't', act: { do: 'tool', tool: 'comment' } },
  text: { letter: 'e', act: { do: 'tool', tool: 'text' } },
  tick: { letter: 'y', act: { do: 'stamp', kind: 'tick' } },
  cross: { letter: 'n', act: { do: 'stamp', kind: 'cross' } },
  eraser: { letter: 'x', act: { do: 'tool', tool: 'eraser' } },
  size: { letter: 's', act: { do: 'size', by: -1 }, withShift: { do: 'size', by: 1 } },
  zoom: { letter: 'z', act: { do: 'zoom', by: 1 }, withShift: { do: 'zoom', by: -1 } },
  fit: { letter: 'w', act: { do: 'fit' } },
  remark: { letter: 'm', act: { do: 'remark' } },
  generalComment: { letter: 'a', act: { do: 'comment' } },
  report: { letter: 'r', act: { do: 'report' } },
  contactSheet: { letter: 'g', act: { do: 'contact-sheet' } },
} as const satisfies Readonly<Record<string, Shortcut>>
export type ShortcutName = keyof typeof SHORTCUTS
/** Which letter each shortcut has; no two have the same. */
export type Letters = Readonly<Record<ShortcutName, string>>

export const SHORTCUT_NAMES = Object.keys(SHORTCUTS) as ShortcutName[]

/** The letters as somebody has changed them; what names no shortcut, or would give a letter twice, does not count. */
export function lettersOf(changed: Readonly<Record<string, string>>): Letters {
  const letters = Object.fromEntries(SHORTCUT_NAMES.map((name) => [name, SHORTCUTS[name].letter])) as Letters
  const wanted = Object.fromEntries(
    SHORTCUT_NAMES.map((name) => [name, changed[name] ?? letters[name]]),
  ) as Letters
  return new Set(Object.values(wanted)).size === SHORTCUT_NAMES.length ? wanted : letters
}

/** Gives a shortcut a letter; the one that had it gets the letter that becomes free. */
export function giveLetter(letters: Letters, name: ShortcutName, letter: string): Letters {
  const had = SHORTCUT_NAMES.find((other) => letters[other] === letter)
  return { ...letters, ...(had ? { [had]: letters[name] } : {}), [name]: letter }
}

const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

/**
 * What a key does where the focus is; undefined leaves it to the browser. Without `letters` the keys of one letter are
 * switched off (WCAG 2.1.4); with a selection the arrows move it, by 1 % of the page or with Shift by 0.1 %.
 */
export function actionOf(
  press: KeyPress,
  focus: Focus,
  { hasSelection, letters }: { hasSelection: boolean; letters: Letters | undefined },
): Action | undefined {
  if (press.key === 'F6') return { do: 'region' }
  if (press.ctrlKey || press.metaKey) return withControl(press, focus)
  if (press.altKey) return withAlt(press)
  if (press.key === 'Escape') return { do: 'leave' }
  if (isText(focus)) return undefined
  const character = characterOf(press)
  if (character !== undefined) return { do: 'type', character }
  if (focus === 'page') {
    const move = DIRECTIONS[press.key]
    const by = press.shiftKey ? 0.001 : 0.01
    if (move && hasSelection) return { do: 'move', dx: move[0] * by, dy: move[1] * by }
    if (press.key === ' ') return { do: 'place' }
    if (press.key === 'Delete' || press.key === 'Backspace')
      return hasSelection ? { do: 'delete' } : undefined
  }
  if (press.key === 'Enter') return focus === 'control' ? undefined : { do: 'accept' }
  if (press.key === '?') return { do: 'sheet' }
  const letter = press.key.toLowerCase()
  const name = letters && SHORTCUT_NAMES.find((one) => letters[one] === letter)
  if (name === undefined) return undefined
  const shortcut: Shortcut = SHORTCUTS[name]
  return press.shiftKey ? shortcut.withShift : shortcut.act
}

function isText(focus: Focus): boolean {
  return focus === 'field' || focus === 'remark'
}

function withControl({ key, shiftKey }: KeyPress, focus: Focus): Action | undefined {
  if (key === 'Enter') return { do: focus === 'remark' ? 'keep' : 'finish' }
  if (key.toLowerCase() === 'k') return { do: 'palette' }
  if (isText(focus)) return undefined
  const letter = key.toLowerCase()
  if (letter === 'z') return { do: shiftKey ? 'redo' : 'undo' }
  return letter === 'y' ? { do: 'redo' } : undefined
}

function withAlt({ key }: KeyPress): Action | undefined {
  if (key === 'ArrowDown') return { do: 'question', by: 1 }
  return key === 'ArrowUp' ? { do: 'question', by: -1 } : undefined
}

/** The digit of a physical key, with or without Shift, or the decimal mark. */
function characterOf({ key, code }: KeyPress): string | undefined {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1]
  if (digit !== undefined) return digit
  if (code === 'NumpadDecimal') return ','
  return key === ',' || key === '.' ? key : undefined
}
