/** What must become of a file: refused at the door, a failed import, or one with so many pages, some of them unread. */
export type Fate =
  | { readonly refused: 'not-a-pdf' }
  | { readonly fails: string }
  | { readonly imports: number; readonly unresolved: number }

export type BadFile = {
  readonly name: string
  readonly make: () => Uint8Array | Promise<Uint8Array>
  readonly fate: Fate
}

export const notAPdf: Fate = { refused: 'not-a-pdf' }
export const fails = (code: string): Fate => ({ fails: code })
export const imports = (pages: number, unresolved = 0): Fate => ({ imports: pages, unresolved })
