import { describe } from 'vitest'
import type { Cell } from './access-table.ts'
import { describeAccess } from './ask-table.ts'

/** Every answer that a caller can get of an endpoint, once; `access.long.test.ts` asks in every state of a copy. */
function onceEach(cells: readonly Cell[]): readonly Cell[] {
  return [...new Map(cells.toReversed().map((cell) => [`${cell.caller} ${cell.expected}`, cell])).values()]
}

describe('who may do what', () => describeAccess(onceEach))
