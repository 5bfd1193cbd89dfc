import { COLUMNS } from '../../src/platform/columns.ts'
import { FAMILIES } from './metrics-page.ts'

/** Words of PromQL that stand where a metric could. */
const WORDS: ReadonlySet<string> = new Set(['and', 'or', 'unless', 'offset', 'bool', 'inf', 'nan'])

/** The metrics that an expression of PromQL reads. */
export function metricsIn(expr: string): readonly string[] {
  const bare = expr
    .replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, ' ')
    .replace(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ')
  const words = bare.matchAll(/(?<![\w:.])[a-zA-Z_:][\w:]*(?!\w|\s*\()/g)
  return [...new Set([...words].map(([word]) => word))].filter((word) => !WORDS.has(word.toLowerCase()))
}

/** Whether a name is that of a series of ours, or of what Prometheus says of a scrape. */
export function isDeclared(name: string): boolean {
  if (name === 'up') return true
  return FAMILIES.some((family) =>
    family.type === 'histogram'
      ? [`${family.name}_bucket`, `${family.name}_sum`, `${family.name}_count`].includes(name)
      : family.name === name,
  )
}

const PREFIXES = new Set(FAMILIES.map(({ name }) => name.split('_')[0]))

/** Tables begin with the same words. */
const TABLES = new Set(Object.values(COLUMNS).flatMap((tables) => Object.keys(tables)))

/** Words of a text that look like metrics of ours, by the word that they begin with. */
export function wordsLikeMetrics(text: string): readonly string[] {
  const words = [...text.matchAll(/(?<![\w.{-])[a-z]+(?:_[a-z0-9]+)+\b/g)].map(([word]) => word)
  const isMeant = (word: string) => PREFIXES.has(word.split('_')[0]) && !TABLES.has(word)
  return [...new Set(words)].filter(isMeant)
}
