import { getStroke } from 'perfect-freehand'

/** A place on a page, as fractions of it, with the pressure of a pen that tells it, 0 to 1. */
type InkPoint = { readonly x: number; readonly y: number; readonly pressure?: number | undefined }

/** As wide as the marked PDF draws it: 1.5 pt on A4, in thousandths of the page's width; pressure varies it. */
const SIZE = 4

/**
 * The outline of a stroke as the path of an SVG whose view box is 1000 wide and `height` high. A pen's own pressure
 * makes its width; for a mouse or a finger it is made up from their speed.
 */
export function outlineOf(points: readonly InkPoint[], height: number): string {
  const isPen = points.some(({ pressure }) => pressure !== undefined)
  const outline = getStroke(
    points.map(({ x, y, pressure = 0.5 }) => [x * 1_000, y * height, pressure]),
    { size: SIZE, thinning: isPen ? 0.5 : 0.2, smoothing: 0.5, streamline: 0.3, simulatePressure: !isPen },
  )
  const [first, ...rest] = outline
  if (!first) return ''
  const place = ([x = 0, y = 0]: readonly number[]) => `${x.toFixed(1)} ${y.toFixed(1)}`
  return `M${place(first)}L${rest.map(place).join(' ')}Z`
}
