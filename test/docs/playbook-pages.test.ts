import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildRules } from '../../src/operations/rules.ts'
import { SCENARIOS } from '../../src/operations/scenarios/all.ts'
import { SCENARIO_IDS } from '../../src/operations/scenarios/scenario.ts'
import { RUN_TIME_LOGINS } from '../../src/platform/database-roles.ts'
import { isDeclared, metricsIn, wordsLikeMetrics } from './metric-names.ts'
import { expectationOf } from './playbook-expectations.ts'
import { doctorFacts, type Facts, factsOf, fillPage, probesOf } from './playbook-pages.ts'
import { LANGUAGES, type Language, SECTIONS } from './playbook-words.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const DOCS = join(ROOT, 'docs')
const OTHERS = ['README', 'incident', 'personal-data-found'] as const
const PAGES = LANGUAGES.flatMap((language) =>
  [...SCENARIO_IDS, ...OTHERS].map((name) => [language, name] as const),
)
const pathOf = (language: Language, name: string) => join(DOCS, 'playbook', language, `${name}.md`)
const read = (language: Language, name: string) => readFileSync(pathOf(language, name), 'utf8')
const withoutSql = (page: string) => page.replace(/```sql\n[\s\S]*?```/g, '')
/** Tables and logins whose names look like those of metrics. */
const NO_METRICS: readonly (string | undefined)[] = [
  ...RUN_TIME_LOGINS,
  ...Array.from(
    readFileSync(join(ROOT, 'db/schema.sql'), 'utf8').matchAll(/TABLE (?:\w+\.)?(\w+)/gi),
    ([, name]) => name,
  ),
]

/** Where the links of a page lead: files, without what stands behind `#`. */
function brokenLinks(path: string, page: string): readonly string[] {
  const targets = [...page.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets.filter((target) => {
    if (/^https?:/.test(target)) return false
    const [file = '', anchor] = target.split('#')
    if (file !== '' && !existsSync(join(dirname(path), file))) return true
    return file === '' && !page.includes(`<a id="${anchor}">`)
  })
}

describe('the playbook', () => {
  let doctor: Facts
  beforeAll(async () => {
    doctor = await doctorFacts()
  })
  const factsFor = (name: string, language: Language): Facts =>
    (SCENARIO_IDS as readonly string[]).includes(name) ? factsOf(name, language) : doctor

  it('has the same pages in both languages', () => {
    const expected = [...SCENARIO_IDS, ...OTHERS].map((name) => `${name}.md`).toSorted()
    for (const language of LANGUAGES) {
      expect(readdirSync(join(DOCS, 'playbook', language)).toSorted()).toEqual(expected)
    }
  })

  it.each(PAGES)('says what the scenarios say: %s/%s', async (language, name) => {
    const page = fillPage(read(language, name), factsFor(name, language))
    await expect(page).toMatchFileSnapshot(pathOf(language, name))
  })

  it.each(
    LANGUAGES.flatMap((language) =>
      [...SCENARIO_IDS, 'personal-data-found'].map((name) => [language, name] as const),
    ),
  )('has its sections in their order: %s/%s', (language, name) => {
    const headings = [...read(language, name).matchAll(/^## (.+)$/gm)].map(([, title]) => title)
    expect(headings).toEqual(SECTIONS[language])
  })

  it.each(LANGUAGES.flatMap((language) => SCENARIO_IDS.map((name) => [language, name] as const)))(
    'shows alerts, probes, causes and actions, and begins with the command: %s/%s',
    (language, name) => {
      const page = read(language, name)
      const kinds = [...page.matchAll(/<!-- facts:([a-z-]+) -->/g)].map(([, kind]) => kind)
      expect(kinds).toEqual(['alerts', 'probes', 'causes', 'actions'])
      expect(page.slice(0, page.indexOf('\n## '))).toContain(`\`\`\`sh\nparaph doctor ${name}\n\`\`\``)
    },
  )

  it.each(PAGES)('leads nowhere that is not there: %s/%s', (language, name) => {
    expect(brokenLinks(pathOf(language, name), read(language, name))).toEqual([])
  })

  it.each(PAGES)('names metrics that exist: %s/%s', (language, name) => {
    const page = read(language, name)
    const queries = [...page.matchAll(/```promql\n([\s\S]*?)```/g)].map(([, query = '']) => query)
    const named = [...queries.flatMap(metricsIn), ...wordsLikeMetrics(withoutSql(page))]
    const unknown = named.filter((word) => !isDeclared(word) && !NO_METRICS.includes(word))
    expect(unknown).toEqual([])
  })

  it.each(SCENARIOS.map((scenario) => [scenario.id, scenario] as const))(
    'says what each probe of %s should find',
    (_, scenario) => {
      const silent = probesOf(scenario).filter((probe) => expectationOf(probe) === undefined)
      expect(silent.map(({ id }) => id)).toEqual([])
    },
  )

  it('has a place for each alert, where its address leads', () => {
    const rules = buildRules(SCENARIOS).groups.flatMap((group) => group.rules)
    expect(rules.length).toBeGreaterThan(10)
    for (const { alert, annotations } of rules) {
      const { pathname, hash } = new URL(annotations.runbook_url)
      const [, name = ''] = /^\/docs\/playbook\/en\/([a-z-]+)\.md$/.exec(pathname) ?? []
      expect(fillPage(read('en', name), factsOf(name, 'en'))).toContain(`<a id="${alert}"></a>`)
      expect(hash).toBe(`#${alert}`)
    }
  })
})

describe('the table of what people say', () => {
  const page = readFileSync(join(DOCS, 'troubleshooting.md'), 'utf8')
  const rows = page.split('\n').filter((line) => line.startsWith('|') && line.includes('](playbook/'))
  const targetsOf = (row: string) =>
    [...row.matchAll(/\]\(playbook\/en\/([a-z-]+)\.md\)/g)].map(([, id]) => id)

  it('leads each sentence to one page, and to every page from somewhere', () => {
    expect(rows.length).toBeGreaterThan(15)
    expect(rows.filter((row) => targetsOf(row).length !== 1)).toEqual([])
    const reached = new Set(rows.flatMap(targetsOf))
    expect([...reached].toSorted()).toEqual([...SCENARIO_IDS, 'personal-data-found'].toSorted())
  })

  it('leads nowhere that is not there', () => {
    expect(brokenLinks(join(DOCS, 'troubleshooting.md'), page)).toEqual([])
  })
})
