import { describe } from 'vitest'
import { describeAccess } from './ask-table.ts'

describe('who may do what, in every state of a copy', () => describeAccess((cells) => cells))
