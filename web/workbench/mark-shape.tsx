import { memo } from 'react'
import { outlineOf } from '../shared/ink-outline.ts'
import { Badge, crossPath, MarkText, tickPath } from '../shared/mark-parts.tsx'
import { sizeOf } from './geometry.ts'
import type { Mark } from './mark.ts'

/** A mark in the view box of its page, 1000 wide; as the marked PDF draws it. `badge`: the number of a comment. */
export const MarkShape = memo(function MarkShape(props: { mark: Mark; ratio: number; badge: number }) {
  const { mark, ratio } = props
  const height = 1_000 * ratio
  const size = sizeOf(mark, ratio)
  const [x, y, w, h] = [mark.x * 1_000, mark.y * height, size.width * 1_000, size.height * height]
  switch (mark.kind) {
    case 'ink':
      return mark.strokes?.map((stroke, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the strokes of a mark change all at once
        <path key={index} d={outlineOf(stroke, height)} className="fill-mark" />
      ))
    case 'highlight':
      return <rect x={x} y={y} width={w} height={h} className="fill-highlight mix-blend-multiply" />
    case 'box':
      return <rect x={x} y={y} width={w} height={h} className="fill-none stroke-[2.5] stroke-mark" />
    case 'tick':
      return <path d={tickPath(x, y, w, h)} className="fill-none stroke-[3.5] stroke-mark" />
    case 'cross':
      return <path d={crossPath(x, y, w, h)} className="fill-none stroke-[3.5] stroke-mark" />
    case 'comment':
      return <Comment x={x} y={y} badge={props.badge} text={mark.text ?? ''} />
    case 'text':
      return <MarkText x={x} y={y + 16} text={mark.text ?? ''} />
  }
})

const LINE = 34
const LINES = 3

/** A numbered badge with the beginning of its words beside it; all of them are in the list and on the sheet. */
function Comment({ x, y, badge, text }: { x: number; y: number; badge: number; text: string }) {
  const lines = linesOf(text)
  const width = 16 + Math.max(...lines.map((line) => line.length)) * 8.5
  const isLeft = x + 18 + width > 1_000
  const left = isLeft ? x - 18 - width : x + 18
  return (
    <>
      <rect
        x={left}
        y={y - 14}
        width={width}
        height={10 + lines.length * 19}
        rx="3"
        className="fill-paper stroke-1 stroke-mark"
      />
      <MarkText x={left + 8} y={y + 4} text={lines.join('\n')} />
      <Badge x={x} y={y} number={badge} />
    </>
  )
}

function linesOf(text: string): string[] {
  const lines = ['']
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1) ?? ''
    if (last !== '' && last.length + word.length >= LINE) lines.push(word.slice(0, LINE))
    else lines[lines.length - 1] = `${last} ${word}`.trim().slice(0, LINE)
  }
  return lines.length <= LINES ? lines : [...lines.slice(0, LINES - 1), `${lines[LINES - 1]}…`]
}
