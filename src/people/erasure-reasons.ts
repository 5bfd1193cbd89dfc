/** Why a person is forgotten: the rule that was applied, in a closed word. */
export const ERASURE_REASONS = ['request-of-the-person', 'retention-over', 'test-data', 'not-stated'] as const
export type ErasureReason = (typeof ERASURE_REASONS)[number]
