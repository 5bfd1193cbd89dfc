import { outlineOf } from '../shared/ink-outline.ts'
import { boxBetween, markAt, moveBy, resizeTo, sizeOf, toPage } from './geometry.ts'
import type { Tool } from './keymap.ts'
import type { Mark, Point, Shape } from './mark.ts'

/** How long a finger waits before it draws: a palm comes a moment before its pen. */
const PALM_MS = 60
const SVG = 'http://www.w3.org/2000/svg'

export type SurfaceHost = {
  tool(): Tool
  canEdit(): boolean
  /** The marks of the page that is shown, lowest first. */
  marks(): readonly Mark[]
  selected(): Mark | undefined
  /** Height of the page over its width. */
  ratio(): number
  isPenMode(): boolean
  onPen(): void
  onInk(points: readonly Point[]): void
  onArea(kind: 'highlight' | 'box', box: ReturnType<typeof boxBetween>): void
  onPoint(kind: 'tick' | 'cross' | 'comment' | 'text', point: Point): void
  onAlter(markId: string, shape: Shape): void
  onLift(markId: string): void
  onSelect(markId: string | undefined): void
  onZoom(factor: number, clientX: number, clientY: number): void
}

type Gesture =
  | { readonly kind: 'held'; readonly timer: ReturnType<typeof setTimeout>; isUp: boolean }
  | { readonly kind: 'ink'; readonly points: Point[] }
  | { readonly kind: 'area'; readonly tool: 'highlight' | 'box'; readonly from: Point; to: Point }
  | { readonly kind: 'point'; readonly tool: 'tick' | 'cross' | 'comment' | 'text' }
  | { readonly kind: 'move' | 'resize'; readonly mark: Mark; readonly from: Point; to: Point }
  | { readonly kind: 'erase' }
  | { readonly kind: 'pan'; x: number; y: number }

/**
 * Mouse, finger and pen on the page. Draws what is in progress on a layer of its own, once for each frame; what is
 * finished is handed over and never painted again while a pen moves.
 */
export class Surface {
  readonly #frame: HTMLElement
  readonly #scroller: HTMLElement
  readonly #live: SVGElement
  readonly #host: SurfaceHost
  readonly #abort = new AbortController()
  readonly #touches = new Map<number, { x: number; y: number }>()
  #pointerId: number | undefined
  #gesture: Gesture | undefined
  #last: PointerEvent | undefined
  #first: PointerEvent | undefined
  #isDrawing = false
  /** Where the pointer is over the page, for stamps by key. */
  pointer: Point | undefined

  constructor(frame: HTMLElement, scroller: HTMLElement, live: SVGElement, host: SurfaceHost) {
    this.#frame = frame
    this.#scroller = scroller
    this.#live = live
    this.#host = host
    const { signal } = this.#abort
    frame.addEventListener('pointerdown', (event) => this.#down(event), { signal })
    frame.addEventListener('pointermove', (event) => this.#move(event), { signal })
    frame.addEventListener('pointerup', (event) => this.#up(event), { signal })
    // The system takes the pointer away: what was drawn until then counts.
    frame.addEventListener('pointercancel', (event) => this.#up(event), { signal })
    frame.addEventListener('pointerleave', () => (this.pointer = undefined), { signal })
    // Safari would turn strokes of a pen into handwriting, and pinches into zoom.
    frame.addEventListener('touchmove', (event) => event.preventDefault(), { signal, passive: false })
    scroller.addEventListener('wheel', (event) => this.#wheel(event), { signal, passive: false })
  }

  close(): void {
    this.#abort.abort()
    this.#drop()
  }

  #down(event: PointerEvent): void {
    if (event.pointerType === 'touch') {
      this.#touches.set(event.pointerId, { x: event.clientX, y: event.clientY })
      if (this.#touches.size > 1) {
        this.#drop()
        return
      }
    }
    if (event.pointerType === 'pen') {
      if (!this.#host.isPenMode()) this.#host.onPen()
      // The palm that lay there before means nothing.
      if (this.#last?.pointerType === 'touch') this.#drop()
    }
    if (this.#pointerId !== undefined || event.button > 0) return
    this.#pointerId = event.pointerId
    this.#first = event
    this.#last = event
    this.#frame.setPointerCapture(event.pointerId)
    const isFinger = event.pointerType === 'touch'
    if (isFinger && (this.#host.isPenMode() || !this.#host.canEdit())) this.#pan(event)
    else if (!isFinger || this.#host.tool() === 'select') this.#begin(event)
    else this.#gesture = { kind: 'held', timer: setTimeout(() => this.#release(), PALM_MS), isUp: false }
  }

  /** No pen came: the finger meant it. */
  #release(): void {
    const { isUp } = this.#gesture as { isUp: boolean }
    if (this.#first) this.#begin(this.#first)
    if (this.#last && this.#last !== this.#first) this.#follow(this.#last)
    if (isUp) this.#finish()
  }

  #begin(event: PointerEvent): void {
    const point = this.#point(event)
    const tool = event.pointerType === 'pen' && event.buttons & 32 ? 'eraser' : this.#host.tool()
    if (!this.#host.canEdit() && tool !== 'select') this.#pan(event)
    else if (tool === 'select') this.#grasp(event, point)
    else if (tool === 'ink') this.#gesture = { kind: 'ink', points: [this.#withPressure(event)] }
    else if (tool === 'highlight' || tool === 'box')
      this.#gesture = { kind: 'area', tool, from: point, to: point }
    else if (tool === 'eraser') {
      this.#gesture = { kind: 'erase' }
      this.#erase(point)
    } else this.#gesture = { kind: 'point', tool }
    this.#draw()
  }

  #grasp(event: PointerEvent, point: Point): void {
    const selected = this.#host.selected()
    if (selected && this.#host.canEdit() && this.#isAtCorner(selected, point)) {
      this.#gesture = { kind: 'resize', mark: selected, from: point, to: point }
      return
    }
    const mark = markAt(this.#host.marks(), point, this.#host.ratio())
    this.#host.onSelect(mark?.id)
    if (mark && this.#host.canEdit()) this.#gesture = { kind: 'move', mark, from: point, to: point }
    else this.#pan(event)
  }

  #isAtCorner(mark: Mark, point: Point): boolean {
    const { width, height } = sizeOf(mark, this.#host.ratio())
    return Math.hypot(point.x - mark.x - width, (point.y - mark.y - height) * this.#host.ratio()) < 0.015
  }

  #move(event: PointerEvent): void {
    this.pointer = this.#point(event)
    if (this.#touches.has(event.pointerId)) {
      if (this.#touches.size > 1) this.#pinch(event)
      this.#touches.set(event.pointerId, { x: event.clientX, y: event.clientY })
    }
    if (event.pointerId !== this.#pointerId) return
    this.#last = event
    this.#follow(event)
  }

  #follow(event: PointerEvent): void {
    const gesture = this.#gesture
    if (!gesture) return
    const point = this.#point(event)
    if (gesture.kind === 'ink') {
      const events = event.getCoalescedEvents()
      for (const one of events.length > 0 ? events : [event]) gesture.points.push(this.#withPressure(one))
    }
    if (gesture.kind === 'area' || gesture.kind === 'move' || gesture.kind === 'resize') gesture.to = point
    if (gesture.kind === 'erase') this.#erase(point)
    if (gesture.kind === 'pan') {
      this.#scroller.scrollBy(gesture.x - event.clientX, gesture.y - event.clientY)
      gesture.x = event.clientX
      gesture.y = event.clientY
    }
    this.#draw()
  }

  #up(event: PointerEvent): void {
    this.#touches.delete(event.pointerId)
    if (event.pointerId !== this.#pointerId) return
    this.#pointerId = undefined
    // Where it was lifted counts, also when no move told of it. One that was taken away is nowhere, and a pen that is
    // lifted has no pressure.
    if (event.type === 'pointerup' && event.pointerType !== 'pen') {
      this.#last = event
      this.#follow(event)
    }
    if (this.#gesture?.kind === 'held') {
      // A tap: it counts once no pen has come.
      this.#gesture.isUp = true
      return
    }
    this.#finish()
  }

  #finish(): void {
    const gesture = this.#gesture
    const at = this.#last && this.#point(this.#last)
    this.#gesture = undefined
    if (!gesture || !at) return
    if (gesture.kind === 'ink') this.#host.onInk(gesture.points)
    if (gesture.kind === 'area') this.#host.onArea(gesture.tool, boxBetween(gesture.from, gesture.to))
    if (gesture.kind === 'point') this.#host.onPoint(gesture.tool, at)
    if (gesture.kind === 'move' || gesture.kind === 'resize') {
      const isClick = gesture.from.x === gesture.to.x && gesture.from.y === gesture.to.y
      if (!isClick) this.#host.onAlter(gesture.mark.id, this.#shapeOf(gesture))
    }
    this.#clear()
  }

  #shapeOf({ kind, mark, from, to }: Extract<Gesture, { kind: 'move' | 'resize' }>): Shape {
    if (kind === 'move') return moveBy(mark, to.x - from.x, to.y - from.y)
    const { width, height } = sizeOf(mark, this.#host.ratio())
    return resizeTo(mark, width + to.x - from.x, height + to.y - from.y)
  }

  #pan({ clientX, clientY }: PointerEvent): void {
    this.#gesture = { kind: 'pan', x: clientX, y: clientY }
  }

  /** Two fingers: their distance zooms, their middle moves the page. */
  #pinch(event: PointerEvent): void {
    const before = this.#touches.get(event.pointerId)
    const other = [...this.#touches].find(([id]) => id !== event.pointerId)?.[1]
    if (!before || !other) return
    const was = Math.hypot(before.x - other.x, before.y - other.y)
    const is = Math.hypot(event.clientX - other.x, event.clientY - other.y)
    this.#scroller.scrollBy((before.x - event.clientX) / 2, (before.y - event.clientY) / 2)
    if (was > 0) this.#host.onZoom(is / was, (event.clientX + other.x) / 2, (event.clientY + other.y) / 2)
  }

  #wheel(event: WheelEvent): void {
    if (!event.ctrlKey) return
    event.preventDefault()
    this.#host.onZoom(Math.exp(-event.deltaY / 300), event.clientX, event.clientY)
  }

  #erase(point: Point): void {
    const mark = markAt(this.#host.marks(), point, this.#host.ratio(), 0.004)
    if (mark) this.#host.onLift(mark.id)
  }

  /** Ends what is in progress as if it had not begun. */
  #drop(): void {
    if (this.#gesture?.kind === 'held') clearTimeout(this.#gesture.timer)
    this.#gesture = undefined
    this.#pointerId = undefined
    this.#clear()
  }

  #draw(): void {
    if (this.#isDrawing) return
    this.#isDrawing = true
    requestAnimationFrame(() => {
      this.#isDrawing = false
      this.#paint()
    })
  }

  #paint(): void {
    const gesture = this.#gesture
    const height = 1_000 * this.#host.ratio()
    if (gesture?.kind === 'ink') {
      const path = this.#element('path')
      path.setAttribute('d', outlineOf(gesture.points, height))
      path.setAttribute('class', 'fill-mark')
    }
    if (gesture?.kind === 'area') this.#paintBox(boxBetween(gesture.from, gesture.to), height, gesture.tool)
    if (gesture?.kind === 'move' || gesture?.kind === 'resize') {
      const shape = this.#shapeOf(gesture)
      const { width, height: tall } = { ...sizeOf(gesture.mark, this.#host.ratio()), ...shape }
      const dx = gesture.kind === 'move' ? gesture.to.x - gesture.from.x : 0
      const dy = gesture.kind === 'move' ? gesture.to.y - gesture.from.y : 0
      const x = shape.x ?? gesture.mark.x + dx
      const y = shape.y ?? gesture.mark.y + dy
      this.#paintBox({ x, y, width, height: tall }, height, 'box')
    }
  }

  #paintBox(box: ReturnType<typeof boxBetween>, height: number, look: 'highlight' | 'box'): void {
    const rect = this.#element('rect')
    rect.setAttribute('x', String(box.x * 1_000))
    rect.setAttribute('y', String(box.y * height))
    rect.setAttribute('width', String(box.width * 1_000))
    rect.setAttribute('height', String(box.height * height))
    rect.setAttribute('class', look === 'box' ? 'fill-none stroke-mark stroke-2' : 'fill-highlight')
  }

  /** The one element of the live layer, of that name. */
  #element(name: 'path' | 'rect'): Element {
    const present = this.#live.firstElementChild
    if (present?.localName === name) return present
    const element = document.createElementNS(SVG, name)
    this.#live.replaceChildren(element)
    return element
  }

  /** With the next frame, when what was handed over is painted where it stays. */
  #clear(): void {
    requestAnimationFrame(() => {
      if (!this.#gesture) this.#live.replaceChildren()
    })
  }

  #point({ clientX, clientY }: PointerEvent): Point {
    return toPage(clientX, clientY, this.#frame.getBoundingClientRect())
  }

  /** Only a pen knows how hard it is pressed. */
  #withPressure(event: PointerEvent): Point {
    const point = this.#point(event)
    return event.pointerType === 'pen' && event.pressure > 0
      ? { ...point, pressure: Math.min(1, event.pressure) }
      : point
  }
}
