import { z } from 'zod'
import { ACTIONS } from './actions.ts'

/** What each action may say, for readers without our code. */
export type ActionDescription = {
  readonly action: string
  readonly version: number
  /** JSON Schemas. Of a sealed member the event holds the commitment only. */
  readonly clear: unknown
  readonly sealed: unknown
}

export function describeActions(): readonly ActionDescription[] {
  return Object.entries(ACTIONS).map(([action, { version, clear, sealed }]) => ({
    action,
    version,
    clear: z.toJSONSchema(clear),
    sealed: z.toJSONSchema(sealed),
  }))
}
