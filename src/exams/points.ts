/** Points are JSON numbers outside and integer hundredths inside, so that sums are exact. */

/** Hundredths of a number of points, or undefined when it is not a whole number of hundredths. */
export function toHundredths(points: number): number | undefined {
  const hundredths = Math.round(points * 100)
  return Math.abs(points * 100 - hundredths) < 1e-6 ? hundredths : undefined
}

/** Points of a number of hundredths. */
export function toPoints(hundredths: number): number {
  return hundredths / 100
}
