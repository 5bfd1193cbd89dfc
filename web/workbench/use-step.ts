import { useEffect } from 'react'
import { announce } from '../shared/announce.tsx'
import type { Command } from './command.ts'
import type { Desk } from './desk.ts'
import type { DeskState } from './desk-state.ts'
import { useDeskWords } from './desk-words.ts'
import { COMMENT, type Mark } from './mark.ts'
import type { DeskData } from './sheet-query.ts'
import { useStateOf } from './use-state-of.ts'
import type { View } from './use-view.ts'

const SHOWN_MS = 6_000
const NOTHING = { sentence: '' }

type StepContext = { desk: Desk; state: DeskState; view: View; items: DeskData['items'] }

/** Undoing and doing again: what it was is shown where it is; `told` says it for a while. */
export function useStep({ desk, state, view, items }: StepContext) {
  const words = useDeskWords()
  // An object: the same sentence again is a new one, which stays as long.
  const [told, setTold] = useStateOf(desk.copyId, NOTHING)
  useEffect(() => {
    if (told.sentence === '') return
    const timer = setTimeout(() => setTold(NOTHING), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [told, setTold])
  const labelOf = (itemId: string) => items.find((item) => item.itemId === itemId)?.label ?? ''
  const whatOf = (command: Command, mark: Mark | undefined): string => {
    if (command.type === 'score') return words.stepped.score(labelOf(command.itemId))
    if (command.type === 'remark')
      return command.place === COMMENT ? words.comment : words.remarkOn(labelOf(command.place))
    return mark ? words.markName(words.kinds[mark.kind], mark.pageNumber, null) : ''
  }
  const step = (how: 'undo' | 'redo') => {
    const command = desk[how]()
    if (!command) return
    const mark = markOf(command, state)
    if (mark) view.turn(mark.pageNumber)
    const itemId =
      command.type === 'score' ? command.itemId : command.type === 'remark' ? command.place : COMMENT
    if (itemId !== COMMENT) view.setCurrentId(itemId)
    const sentence = words.stepped[how](whatOf(command, mark))
    announce(sentence)
    setTold({ sentence })
  }
  return { step, told: told.sentence }
}

function markOf(command: Command, { sheet }: DeskState): Mark | undefined {
  if (command.type === 'lay' || command.type === 'lift') return command.mark
  return command.type === 'alter' ? sheet.marks.get(command.markId) : undefined
}
