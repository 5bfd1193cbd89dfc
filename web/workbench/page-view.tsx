import { type KeyboardEvent, type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { Button } from '../shared/ui/button.tsx'
import { useDeskWords } from './desk-words.ts'
import { sizeOf } from './geometry.ts'
import type { Mark, Point } from './mark.ts'
import { MarkShape } from './mark-shape.tsx'
import { imageOf } from './page-images.ts'
import type { DeskData } from './sheet-query.ts'
import { Surface, type SurfaceHost } from './surface.ts'

/** Above this zoom the large image is worth its bytes. */
const FINE_ZOOM = 1.4

type PageViewProps = {
  data: DeskData
  page: number
  ratio: number
  zoom: number
  marks: readonly Mark[]
  selectedId: string | undefined
  /** Where marks are placed by key; hidden without one. */
  crosshair: Point | undefined
  isGrabbing: boolean
  host: SurfaceHost
  surface: RefObject<Surface | null>
  onFocusMark: (markId: string) => void
  onPointer: () => void
}

/** One page: its image, what is laid on it, and the layer of what is being drawn. */
export function PageView(props: PageViewProps) {
  const { data, page, ratio, zoom, marks, selectedId, host, surface } = props
  const words = useDeskWords()
  const [scroller, frame, live] = [
    useRef<HTMLElement>(null),
    useRef<HTMLDivElement>(null),
    useRef<SVGSVGElement>(null),
  ]
  const current = useRef(host)
  current.current = host
  const anchor = useRef<{ clientX: number; clientY: number; at: Point } | undefined>(undefined)

  // biome-ignore lint/correctness/useExhaustiveDependencies: a stroke that was begun on one copy never ends on another
  useEffect(() => {
    if (!frame.current || !scroller.current || !live.current) return
    const box = frame.current
    // The surface outlives every drawing of this component: it asks for what holds now.
    const proxy = new Proxy({} as SurfaceHost, {
      get: (_, name) =>
        name === 'onZoom'
          ? (factor: number, clientX: number, clientY: number) => {
              const rect = box.getBoundingClientRect()
              const at = { x: (clientX - rect.left) / rect.width, y: (clientY - rect.top) / rect.height }
              anchor.current = { clientX, clientY, at }
              current.current.onZoom(factor, clientX, clientY)
            }
          : current.current[name as keyof SurfaceHost],
    })
    const made = new Surface(box, scroller.current, live.current, proxy)
    surface.current = made
    return () => made.close()
  }, [surface, frame, scroller, live, data.copy.id])

  // biome-ignore lint/correctness/useExhaustiveDependencies: after a zoom, and only then
  useLayoutEffect(() => {
    const rect = frame.current?.getBoundingClientRect()
    const held = anchor.current
    anchor.current = undefined
    if (!rect || !held) return
    scroller.current?.scrollBy(
      rect.left + held.at.x * rect.width - held.clientX,
      rect.top + held.at.y * rect.height - held.clientY,
    )
  }, [zoom])

  // biome-ignore lint/correctness/useExhaustiveDependencies: another page, and another copy, begins at its top
  useLayoutEffect(() => {
    scroller.current?.scrollTo({ top: 0 })
  }, [page, data.copy.id])

  const size = data.sizes.pages[page - 1]
  const height = 1_000 * ratio
  const name = words.pageOf(page, data.copy.pages)
  return (
    <section
      ref={scroller}
      id="stage"
      aria-label={name}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and marks are placed on it by key
      tabIndex={0}
      onPointerDown={props.onPointer}
      className="relative max-h-[75dvh] min-h-[60dvh] min-w-0 flex-1 overflow-auto bg-sunken p-3 outline-offset-[-2px] md:max-h-none md:min-h-0"
    >
      <div
        ref={frame}
        data-page={page}
        className={`relative mx-auto touch-none select-none bg-paper shadow-card ${props.isGrabbing ? 'cursor-default' : 'cursor-crosshair'}`}
        style={{ width: `${zoom * 100}%`, aspectRatio: `1 / ${ratio}` }}
      >
        <PageImage
          key={`${data.copy.id}-${page}`}
          addresses={(zoom > FINE_ZOOM ? (['full', 'screen'] as const) : (['screen'] as const)).map((fine) =>
            imageOf(data, page, fine),
          )}
          alt={name}
          width={size?.widthPx ?? 1_240}
          height={size?.heightPx ?? 1_754}
        />
        <svg viewBox={`0 0 1000 ${height}`} className="absolute inset-0 size-full overflow-visible">
          <title>{words.marks(marks.length)}</title>
          {marks.map((mark) => (
            <MarkElement
              key={mark.id}
              mark={mark}
              ratio={ratio}
              badge={badgeOf(marks, mark)}
              isSelected={mark.id === selectedId}
              onFocus={props.onFocusMark}
            />
          ))}
        </svg>
        <svg
          ref={live}
          aria-hidden
          viewBox={`0 0 1000 ${height}`}
          className="pointer-events-none absolute inset-0 size-full"
        />
        {props.crosshair && <Crosshair at={props.crosshair} height={height} />}
      </div>
    </section>
  )
}

type PageImageProps = {
  /** The one that is wanted first; the others where it cannot be had. */
  addresses: readonly string[]
  alt: string
  width: number
  height: number
}

/** What cannot be had is asked for again when the network is back, or on demand. */
function PageImage(props: PageImageProps) {
  const words = useDeskWords()
  const [broken, setBroken] = useState<readonly string[]>([])
  const again = () => setBroken([])
  useEffect(() => {
    window.addEventListener('online', again)
    return () => window.removeEventListener('online', again)
  })
  const address = props.addresses.find((one) => !broken.includes(one))
  if (address === undefined) {
    return (
      <div role="alert" className="relative z-1 flex flex-col items-start gap-4 p-8 text-choice">
        <p>{words.imageBroken}</p>
        {/* Not a touch of the page. */}
        <Button size="small" onPointerDown={(event) => event.stopPropagation()} onClick={again}>
          {words.imageAgain}
        </Button>
      </div>
    )
  }
  return (
    <img
      src={address}
      alt={props.alt}
      width={props.width}
      height={props.height}
      draggable={false}
      fetchPriority="high"
      onError={() => setBroken([...broken, address])}
      className="absolute inset-0 size-full"
    />
  )
}

function badgeOf(marks: readonly Mark[], mark: Mark): number {
  return mark.kind === 'comment' ? marks.filter(({ kind }) => kind === 'comment').indexOf(mark) + 1 : 0
}

function MarkElement(props: {
  mark: Mark
  ratio: number
  badge: number
  isSelected: boolean
  onFocus: (markId: string) => void
}) {
  const { mark, ratio, isSelected } = props
  const words = useDeskWords()
  const { width, height } = sizeOf(mark, ratio)
  const tall = 1_000 * ratio
  const centred = mark.kind === 'comment' ? 15 : 0
  const activate = (event: KeyboardEvent) => {
    if (event.key === 'Enter') props.onFocus(mark.id)
  }
  return (
    <>
      <g aria-hidden>
        <MarkShape mark={mark} ratio={ratio} badge={props.badge} />
      </g>
      {/* biome-ignore lint/a11y/useSemanticElements: nothing but SVG stands within SVG */}
      <g
        role="button"
        tabIndex={0}
        aria-label={words.markName(words.kinds[mark.kind], mark.pageNumber, mark.text)}
        aria-pressed={isSelected}
        data-mark={mark.id}
        data-kind={mark.kind}
        onFocus={() => props.onFocus(mark.id)}
        onKeyDown={activate}
        className="outline-none"
      >
        <rect
          x={mark.x * 1_000 - centred}
          y={mark.y * tall - centred}
          width={width * 1_000}
          height={height * tall}
          className="fill-transparent"
        />
        {isSelected && (
          <>
            <rect
              x={mark.x * 1_000 - centred - 5}
              y={mark.y * tall - centred - 5}
              width={width * 1_000 + 10}
              height={height * tall + 10}
              className="fill-none stroke-2 stroke-choice"
              strokeDasharray="6 4"
            />
            {mark.kind !== 'comment' && (
              <circle
                cx={(mark.x + width) * 1_000}
                cy={(mark.y + height) * tall}
                r="7"
                className="fill-paper stroke-2 stroke-choice"
              />
            )}
          </>
        )}
      </g>
    </>
  )
}

function Crosshair({ at, height }: { at: Point; height: number }) {
  const [x, y] = [at.x * 1_000, at.y * height]
  return (
    <svg
      aria-hidden
      data-crosshair
      viewBox={`0 0 1000 ${height}`}
      className="pointer-events-none absolute inset-0 size-full"
    >
      <path
        d={`M${x - 24} ${y}H${x + 24}M${x} ${y - 24}V${y + 24}`}
        className="fill-none stroke-2 stroke-choice"
      />
      <circle cx={x} cy={y} r="9" className="fill-none stroke-2 stroke-choice" />
    </svg>
  )
}
