/** What marks are drawn of, in the view box of a page that is 1000 wide: as the marked PDF draws them. */

/** A tick in a box of the page. */
export function tickPath(x: number, y: number, w: number, h: number): string {
  return `M${x + w * 0.08} ${y + h * 0.55}L${x + w * 0.38} ${y + h * 0.9}L${x + w * 0.95} ${y + h * 0.1}`
}

export function crossPath(x: number, y: number, w: number, h: number): string {
  const [left, right, top, bottom] = [x + w * 0.1, x + w * 0.9, y + h * 0.1, y + h * 0.9]
  return `M${left} ${top}L${right} ${bottom}M${right} ${top}L${left} ${bottom}`
}

/** The number by which a comment is found in the list beside the page. */
export function Badge({ x, y, number }: { x: number; y: number; number: number | undefined }) {
  return (
    <>
      <circle cx={x} cy={y} r="14" className="fill-mark" />
      <text x={x} y={y + 5.5} textAnchor="middle" className="fill-paper font-bold text-[16px]">
        {number}
      </text>
    </>
  )
}

/** Words in lines of their own. */
export function MarkText({ x, y, text }: { x: number; y: number; text: string }) {
  return (
    <text x={x} y={y} className="fill-mark text-[16px]">
      {text.split('\n').map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name
        <tspan key={index} x={x} dy={index === 0 ? 0 : 19}>
          {line}
        </tspan>
      ))}
    </text>
  )
}
