/** The keys that are replaced from time to time. */
export const ROTATED_KEYS = ['mac', 'master', 'log'] as const
export type RotatedKey = (typeof ROTATED_KEYS)[number]
