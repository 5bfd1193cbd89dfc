import type { Edits } from './edits.ts'
import type { Action } from './keymap.ts'
import { COMMENT, type Mark, type Point } from './mark.ts'
import { focusRemark, focusScore, nextRegion, placeOfRemark, typeInto } from './use-keys.ts'
import { focusStage, type View, ZOOM_STEP } from './use-view.ts'

type PerformContext = {
  readonly view: View
  readonly edits: Edits
  readonly canEdit: boolean
  readonly selected: Mark | undefined
  /** Where the pointer is over the page. */
  readonly pointer: () => Point | undefined
  readonly questions: readonly string[]
  readonly unseen: readonly number[]
  readonly onCopy: (by: 1 | -1) => void
  readonly onStep: (how: 'undo' | 'redo') => void
  readonly onFinish: () => void
}

/** Does what a key asks for; whether there was anything to do, so that the browser leaves the key alone. */
export function perform(action: Action, context: PerformContext): boolean {
  const { view, edits, canEdit, selected } = context
  switch (action.do) {
    case 'type':
      return canEdit && view.currentId !== undefined && typeInto(view.currentId, action.character)
    case 'accept':
      if (document.activeElement?.hasAttribute('data-score')) turnToQuestion(context, 1)
      else if (view.currentId) focusScore(view.currentId)
      return true
    case 'place':
      if (view.tool !== 'select') edits.place()
      return view.tool !== 'select'
    default:
      simple(action, context)
      return true
  }
  function simple(simpleAction: Action, { unseen, pointer }: PerformContext): void {
    switch (simpleAction.do) {
      case 'question':
        turnToQuestion(context, simpleAction.by)
        break
      case 'page':
        view.turn(view.page + simpleAction.by)
        break
      case 'unseen':
        view.turn(unseen.find((one) => one > view.page) ?? unseen[0] ?? view.page)
        break
      case 'copy':
        context.onCopy(simpleAction.by)
        break
      case 'tool':
        if (canEdit || simpleAction.tool === 'select') view.setTool(simpleAction.tool)
        view.setByKey(true)
        focusStage()
        break
      case 'stamp':
        edits.stamp(simpleAction.kind, pointer())
        break
      case 'move':
        view.setByKey(true)
        edits.move(simpleAction.dx, simpleAction.dy)
        break
      case 'size':
        if (selected) edits.resize(selected, simpleAction.by)
        break
      case 'delete':
        if (selected) edits.lift(selected.id)
        break
      case 'undo':
      case 'redo':
        context.onStep(simpleAction.do)
        break
      case 'zoom':
        view.scale(simpleAction.by > 0 ? ZOOM_STEP : 1 / ZOOM_STEP)
        break
      case 'fit':
        view.fit()
        break
      case 'finish':
        context.onFinish()
        break
      case 'leave':
        view.select(undefined)
        view.setTool('select')
        focusStage()
        break
      case 'region':
        nextRegion()
        break
      case 'report':
        if (canEdit) view.setOpen({ dialog: 'report' })
        break
      case 'sheet':
        view.setOpen({ dialog: 'shortcuts' })
        break
      case 'remark':
        if (view.currentId) focusRemark(view.currentId)
        break
      case 'comment':
        focusRemark(COMMENT)
        break
      case 'keep':
        leaveRemark()
        break
      case 'contact-sheet':
      case 'palette':
        view.setOpen({ dialog: simpleAction.do })
        break
    }
  }
}

/** To the field of another question; after the last one, to the button that finishes the copy. */
function turnToQuestion({ view, questions }: PerformContext, by: 1 | -1): void {
  const to = questions[questions.indexOf(view.currentId ?? '') + by]
  if (to !== undefined) {
    view.setCurrentId(to)
    focusScore(to)
  } else if (by > 0) focusFinish()
}

/** Leaving a remark keeps it: on to the score of its question, from the general comment to the button that finishes. */
function leaveRemark(): void {
  const place = placeOfRemark()
  if (place === null || place === COMMENT) focusFinish()
  else focusScore(place)
}

function focusFinish(): void {
  document.getElementById('finish')?.focus()
}
