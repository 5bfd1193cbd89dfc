import { useEffect, useState } from 'react'
import { type Command, subjectOf } from './command.ts'
import type { Desk } from './desk.ts'
import type { DeskState } from './desk-state.ts'
import { type DeskWords, useDeskWords } from './desk-words.ts'
import { COMMENT } from './mark.ts'
import type { DeskData } from './sheet-query.ts'
import type { View } from './use-view.ts'

const SHOWN_MS = 6_000

type StepContext = { desk: Desk; state: DeskState; view: View; items: DeskData['items'] }

/** Undoing and doing again: what it was is shown where it is, and `told` says it for a while. */
export function useStep({ desk, state, view, items }: StepContext) {
  const words = useDeskWords()
  const [told, setTold] = useState('')
  useEffect(() => {
    if (told === '') return
    const timer = setTimeout(() => setTold(''), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [told])
  const step = (how: 'undo' | 'redo') => {
    const command = desk[how]()
    if (!command) return
    const page = pageOf(command, state)
    if (page === undefined) view.setCurrentId(subjectOf(command))
    else view.turn(page)
    const labelOf = (itemId: string) => items.find((item) => item.itemId === itemId)?.label ?? ''
    setTold(words.stepped[how](sayWhat(command, words, { page, labelOf, state })))
  }
  return { step, told }
}

function pageOf(command: Command, { sheet }: DeskState): number | undefined {
  if (command.type === 'lay' || command.type === 'lift') return command.mark.pageNumber
  return command.type === 'alter' ? sheet.marks.get(command.markId)?.pageNumber : undefined
}

type Around = { page: number | undefined; labelOf: (itemId: string) => string; state: DeskState }

function sayWhat(command: Command, words: DeskWords, { page, labelOf, state }: Around): string {
  if (command.type === 'score') return words.scored(labelOf(command.itemId))
  if (command.type === 'remark')
    return command.place === COMMENT ? words.comment : words.remarkOn(labelOf(command.place))
  const mark = command.type === 'alter' ? state.sheet.marks.get(command.markId) : command.mark
  return mark ? words.markName(words.kinds[mark.kind], page ?? mark.pageNumber, null) : ''
}
