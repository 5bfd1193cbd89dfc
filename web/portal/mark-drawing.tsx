import type { AnnotationView } from '../../src/marking/contract.ts'
import { outlineOf } from '../shared/ink-outline.ts'
import { Badge, crossPath, MarkText, tickPath } from '../shared/mark-parts.tsx'

type Box = { readonly width: number; readonly height: number }

/** Of a tick or a cross that was set with one click: as the marked PDF draws it, 16 pt on A4. */
const CLICK_SIZE = 27

/** One mark, in the view box of its page, which is 1000 wide; positions of marks are fractions of it. */
export function MarkDrawing(props: { mark: AnnotationView; box: Box; number: number | undefined }) {
  const { mark, box, number } = props
  const [x, y] = [mark.x * box.width, mark.y * box.height]
  const [w, h] = [mark.width * box.width, mark.height * box.height]
  switch (mark.kind) {
    case 'highlight':
      return <rect x={x} y={y} width={w} height={h} className="fill-highlight mix-blend-multiply" />
    case 'box':
      return <rect x={x} y={y} width={w} height={h} className="fill-none stroke-2 stroke-mark" />
    case 'tick':
    case 'cross':
      return <path d={signPath(mark, box)} className="fill-none stroke-[3.5] stroke-mark" />
    case 'ink':
      return mark.strokes?.map((stroke, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a stroke has no other name
        <path key={index} d={outlineOf(stroke, box.height)} className="fill-mark" />
      ))
    case 'comment':
      return <Badge x={x} y={y} number={number} />
    case 'text':
      return <MarkText x={x} y={y + 16} text={mark.text ?? ''} />
  }
}

/** A tick or a cross, pushed onto the page where it lies at its edge. */
function signPath(mark: AnnotationView, box: Box): string {
  const width = mark.width * box.width || CLICK_SIZE
  const height = mark.height * box.height || CLICK_SIZE
  const x = Math.max(0, Math.min(mark.x * box.width, box.width - width))
  const y = Math.max(0, Math.min(mark.y * box.height, box.height - height))
  return mark.kind === 'tick' ? tickPath(x, y, width, height) : crossPath(x, y, width, height)
}
