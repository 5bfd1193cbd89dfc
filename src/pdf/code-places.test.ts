import { expect, test } from 'vitest'
import { corners, placeAround, rememberPlace, withOpposites } from './code-places.ts'

const [topRight, topLeft, bottomLeft, bottomRight] = corners
const size = { width: 0.4, height: 0.28 }

test('the place around a code in a corner is that corner, and never reaches beyond the page', () => {
  expect([placeAround(0.9, 0.05), placeAround(0.1, 0.1), placeAround(0, 1), placeAround(0.95, 0.95)]).toEqual(
    [topRight, topLeft, bottomLeft, bottomRight],
  )
  expect(placeAround(0.5, 0.5)).toEqual({ left: 0.3, top: 0.36, ...size })
})

test('the latest place comes first, at most two are known, and a sheet a little askew makes no new one', () => {
  const [first, second, third] = [placeAround(0.3, 0.3), placeAround(0.5, 0.5), placeAround(0.7, 0.7)]
  const two = rememberPlace(rememberPlace([], first), second)
  expect(two).toEqual([second, first])
  expect(rememberPlace(two, placeAround(0.32, 0.28))).toEqual([first, second])
  expect(rememberPlace(two, third)).toEqual([third, second])
})

test('a sheet that lies upside down has its code in the opposite place; of two opposite ones each is searched once', () => {
  const opposites = withOpposites([placeAround(0.3, 0.3)])
  expect(opposites.map(({ left, top }) => [left.toFixed(2), top.toFixed(2)])).toEqual([
    ['0.10', '0.16'],
    ['0.50', '0.56'],
  ])
  expect(withOpposites([placeAround(0.9, 0.05), placeAround(0.1, 0.95)])).toHaveLength(2)
  expect(withOpposites([placeAround(0.5, 0.5)])).toHaveLength(1)
})
