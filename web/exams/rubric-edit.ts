import { type DraftItem, emptyItem } from './rubric-draft.ts'

/** A change of one line of a rubric, or around it. */
export type RubricEdit =
  | {
      readonly kind: 'write'
      readonly key: string
      readonly change: Partial<Pick<DraftItem, 'label' | 'points'>>
    }
  | { readonly kind: 'add-after'; readonly key: string; readonly added: DraftItem }
  | { readonly kind: 'add-part'; readonly key: string; readonly added: DraftItem }
  | { readonly kind: 'remove'; readonly key: string }
  | { readonly kind: 'move'; readonly key: string; readonly step: 1 | -1 }

/** The lines after a change, at whichever depth the line is. */
export function editRubric(items: readonly DraftItem[], edit: RubricEdit): readonly DraftItem[] {
  const at = items.findIndex(({ key }) => key === edit.key)
  if (at < 0) {
    return items.map((item) =>
      item.parts.length > 0 ? { ...item, parts: editRubric(item.parts, edit) } : item,
    )
  }
  return editAt(items, at, edit)
}

function editAt(items: readonly DraftItem[], at: number, edit: RubricEdit): readonly DraftItem[] {
  const item = items[at] ?? emptyItem()
  switch (edit.kind) {
    case 'write':
      return items.with(at, { ...item, ...edit.change })
    case 'add-after':
      return items.toSpliced(at + 1, 0, edit.added)
    case 'add-part':
      // The points of a question that gets its first part become those of the part.
      return items.with(at, {
        ...item,
        points: '',
        parts: [...item.parts, item.parts.length === 0 ? { ...edit.added, points: item.points } : edit.added],
      })
    case 'remove':
      return items.toSpliced(at, 1)
    case 'move': {
      const to = at + edit.step
      const other = items[to]
      return other ? items.with(at, other).with(to, item) : items
    }
  }
}
