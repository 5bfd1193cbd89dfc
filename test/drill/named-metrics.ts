import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseExposition } from '../../src/observability/exposition.ts'
import { exprOf } from '../../src/operations/rules.ts'
import { SCENARIOS } from '../../src/operations/scenarios/all.ts'
import { isDeclared, metricsIn, wordsLikeMetrics } from '../docs/metric-names.ts'

const PLAYBOOK = resolve(import.meta.dirname, '../../docs/playbook')

/** The series that the rules and the pages of the playbook name, except what Prometheus itself says of a scrape. */
export function metricsNamed(): readonly string[] {
  const pages = readdirSync(PLAYBOOK, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => readFileSync(resolve(PLAYBOOK, name), 'utf8'))
  const ofRules = SCENARIOS.flatMap(({ alerts }) => alerts.flatMap((alert) => metricsIn(exprOf(alert))))
  const ofPages = pages.flatMap((page) => [
    ...[...page.matchAll(/```promql\n([\s\S]*?)```/g)].flatMap(([, expr = '']) => metricsIn(expr)),
    // Tables and logins look alike; that words of the pages are metrics or those is the affair of their own test.
    ...wordsLikeMetrics(page).filter(isDeclared),
  ])
  return [...new Set([...ofRules, ...ofPages])].filter((name) => name !== 'up').toSorted()
}

/** The series that the api and the worker show at this moment. */
export async function metricsShown(metricsPort: number): Promise<ReadonlySet<string>> {
  const texts = await Promise.all(
    [metricsPort, metricsPort + 1].map(async (port) =>
      (await fetch(`http://127.0.0.1:${port}/metrics`)).text(),
    ),
  )
  return new Set(texts.flatMap(parseExposition).map(({ name }) => name))
}
