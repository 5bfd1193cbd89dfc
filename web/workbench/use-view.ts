import { useLayoutEffect, useRef, useState } from 'react'
import type { Tool } from './keymap.ts'
import type { Mark, Point } from './mark.ts'
import { useStateOf } from './use-state-of.ts'

const FARTHEST = 0.4
const NEAREST = 4
export const ZOOM_STEP = 1.25

/** A dialog that is open over the workbench. */
export type OpenDialog =
  | { readonly dialog: 'shortcuts' | 'report' | 'contact-sheet' | 'palette' }
  | { readonly dialog: 'text'; readonly kind: 'comment' | 'text'; readonly at: Point }
  | { readonly dialog: 'edit'; readonly mark: Mark }

/**
 * How a copy is looked at: nothing of it is stored. What is in the hand, and how near one looks, goes on with the next copy;
 * where one is begins anew. `of` is the copy.
 */
export function useView(of: string, pages: number, firstQuestion: string | undefined) {
  const [page, setPage] = useStateOf(of, 1)
  const [tool, setTool] = useState<Tool>('select')
  const [selectedId, select] = useStateOf<string | undefined>(of, undefined)
  const [currentId, setCurrentId] = useStateOf(of, firstQuestion)
  const [zoom, setZoom] = useState(1)
  const [crosshair, setCrosshair] = useState<Point>({ x: 0.5, y: 0.2 })
  /** Marks are placed by key: the crosshair shows where. */
  const [isByKey, setByKey] = useState(false)
  const [hasPen, setHasPen] = useState(false)
  const [isPenMode, setPenMode] = useState(false)
  const [open, setOpen] = useStateOf<OpenDialog | undefined>(of, undefined)
  return {
    ...{ page, tool, selectedId, currentId, zoom, crosshair, isByKey, hasPen, isPenMode, open },
    ...{ setTool, select, setCurrentId, setCrosshair, setByKey, setPenMode, setOpen },
    turn: (to: number) => {
      if (to < 1 || to > pages) return
      setPage(to)
      select(undefined)
    },
    scale: (factor: number) => setZoom((now) => Math.min(NEAREST, Math.max(FARTHEST, now * factor))),
    fit: () => setZoom(1),
    noticePen: () => {
      setHasPen(true)
      setPenMode(true)
    },
    close: () => {
      setOpen(undefined)
      // While a dialog is there, nothing outside takes the focus.
      requestAnimationFrame(focusStage)
    },
  }
}
export type View = ReturnType<typeof useView>

export function focusStage(): void {
  document.getElementById('stage')?.focus()
}

/** With another copy one is on its page: no field or button of the one before has the focus, and a reader hears where one is. */
export function useFocusOnChange(copyId: string): void {
  const shown = useRef(copyId)
  useLayoutEffect(() => {
    if (shown.current !== copyId) focusStage()
    shown.current = copyId
  }, [copyId])
}
