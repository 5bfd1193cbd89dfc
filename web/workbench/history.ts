import type { Command } from './command.ts'

/** What can be undone, newest last, and what was undone, to be done again. */
export type History = { readonly done: readonly Command[]; readonly undone: readonly Command[] }

export const NO_HISTORY: History = { done: [], undone: [] }
/** More than anybody takes back; it bounds what is kept of strokes. */
const DEPTH = 200

/** After something new, nothing that was undone can be done again. */
export function remember(history: History, command: Command): History {
  return { done: [...history.done, command].slice(-DEPTH), undone: [] }
}

/** The command to undo, and the history once it is. */
export function takeBack({ done, undone }: History): { command: Command; history: History } | undefined {
  const command = done.at(-1)
  return command && { command, history: { done: done.slice(0, -1), undone: [...undone, command] } }
}

/** The command to do again, and the history once it is. */
export function bringBack({ done, undone }: History): { command: Command; history: History } | undefined {
  const command = undone.at(-1)
  return command && { command, history: { done: [...done, command], undone: undone.slice(0, -1) } }
}
