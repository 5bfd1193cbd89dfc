/** Where on a page codes are looked for. Pure: fractions of the width and height of the page as it lies. */

/** A part of a page. */
export type Place = {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

export const wholePage: Place = { left: 0, top: 0, width: 1, height: 1 }

/** A code of 3 cm with its margins. */
const size = { width: 0.4, height: 0.28 } as const
const [right, bottom] = [1 - size.width, 1 - size.height]
export const corners: readonly Place[] = [
  { left: right, top: 0, ...size },
  { left: 0, top: 0, ...size },
  { left: 0, top: bottom, ...size },
  { left: right, top: bottom, ...size },
]

/** Upright, and upside down. */
const mostPlaces = 2
/** Codes whose places are so near to each other are in the same one. */
const nearby = 0.05

/** The place around a point, within the page. */
export function placeAround(across: number, down: number): Place {
  const inside = (from: number, most: number) => Math.max(0, Math.min(most, from))
  return {
    left: inside(across - size.width / 2, right),
    top: inside(down - size.height / 2, bottom),
    ...size,
  }
}

/** Some places, the latest first; one that is where another was does not move it. */
export function rememberPlace(known: readonly Place[], latest: Place): readonly Place[] {
  const isSame = (place: Place) => isNear(place, latest)
  return [known.find(isSame) ?? latest, ...known.filter((place) => !isSame(place))].slice(0, mostPlaces)
}

/** Places, and where they are on a sheet that lies upside down. */
export function withOpposites(places: readonly Place[]): readonly Place[] {
  const opposites = places.map((place) => ({
    ...place,
    left: 1 - place.width - place.left,
    top: 1 - place.height - place.top,
  }))
  return [...places, ...opposites.filter((one) => !places.some((place) => isNear(place, one)))]
}

function isNear(one: Place, other: Place): boolean {
  return Math.abs(one.left - other.left) < nearby && Math.abs(one.top - other.top) < nearby
}
