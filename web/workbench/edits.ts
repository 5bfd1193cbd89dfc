import type { Desk } from './desk.ts'
import { clamp01, markAt, moveBy, resizeTo, sizeOf } from './geometry.ts'
import { newArea, newInk, newStamp, newUnderline, newWords } from './laying.ts'
import type { Mark, Point } from './mark.ts'
import type { SurfaceHost } from './surface.ts'
import { focusStage, type View, ZOOM_STEP } from './use-view.ts'

type EditContext = {
  readonly desk: Desk
  readonly view: View
  readonly canEdit: boolean
  /** Height of the page that is shown over its width. */
  readonly ratio: number
  readonly onPage: readonly Mark[]
  readonly selected: Mark | undefined
}

/** What can be done to the marks of the page that is shown, by key, by hand and from the list. */
export function editsOf({ desk, view, canEdit, ratio, onPage, selected }: EditContext) {
  const at = { pageNumber: view.page, ratio }
  const lay = (mark: Omit<Mark, 'version'>, isSelected = true) => {
    const isLaid = desk.do({ type: 'lay', mark })
    if (isLaid && isSelected) view.select(mark.id)
    return isLaid
  }
  const lift = (markId: string) => {
    desk.do({ type: 'lift', markId })
    if (markId !== view.selectedId) return
    view.select(undefined)
    focusStage()
  }
  const resize = (mark: Mark, by: 1 | -1) => {
    const { width, height } = sizeOf(mark, ratio)
    const factor = by > 0 ? ZOOM_STEP : 1 / ZOOM_STEP
    desk.do({ type: 'alter', markId: mark.id, after: resizeTo(mark, width * factor, height * factor) })
  }
  const host: SurfaceHost = {
    tool: () => view.tool,
    canEdit: () => canEdit,
    marks: () => onPage,
    selected: () => selected,
    ratio: () => ratio,
    isPenMode: () => view.isPenMode,
    onPen: view.noticePen,
    onInk: (points) => void lay(newInk(points, at), false),
    onArea: (kind, box) => void lay(newArea(kind, box, at)),
    onPoint: (kind, point) => {
      if (kind === 'comment' || kind === 'text') view.setOpen({ dialog: 'text', kind, at: point })
      else lay(newStamp(kind, point, at))
    },
    onAlter: (markId, after) => void desk.do({ type: 'alter', markId, after }),
    onLift: lift,
    onSelect: view.select,
    onZoom: view.scale,
  }
  /** What the tool does where the crosshair is. */
  const place = () => {
    const { tool, crosshair } = view
    if (!canEdit || tool === 'select') return
    if (tool === 'eraser') {
      const mark = markAt(onPage, crosshair, ratio)
      if (mark) lift(mark.id)
    } else if (tool === 'ink') lay(newUnderline(crosshair, at))
    else if (tool === 'highlight' || tool === 'box')
      lay(newArea(tool, { ...crosshair, width: 0, height: 0 }, at))
    else host.onPoint(tool, crosshair)
  }
  const move = (dx: number, dy: number) => {
    if (selected) desk.do({ type: 'alter', markId: selected.id, after: moveBy(selected, dx, dy) })
    else view.setCrosshair(({ x, y }) => ({ x: clamp01(x + dx), y: clamp01(y + dy) }))
  }
  const stamp = (kind: 'tick' | 'cross', point: Point | undefined) => {
    if (canEdit) lay(newStamp(kind, point ?? view.crosshair, at))
  }
  /** Whether it could be written now. */
  const write = (kind: 'comment' | 'text', point: Point, text: string) => lay(newWords(kind, point, text, at))
  return { host, lift, resize, place, move, stamp, write }
}
export type Edits = ReturnType<typeof editsOf>
