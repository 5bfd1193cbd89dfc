import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const FOLDER = resolve(import.meta.dirname, '../../docs/playbook/en')

/** A question as it stands on a page; `probe` is its name there, which those of alerts lack. */
export type Question = {
  readonly probe: string | undefined
  readonly language: 'sql' | 'promql' | 'sh'
  readonly text: string
}

/** What the page of a scenario tells people to ask, and of which questions it says that they tell a cause. */
export type Page = {
  readonly questions: readonly Question[]
  toldBy(cause: string): readonly string[]
}

/** Reads the page as it is published. */
export function readPage(scenario: string): Page {
  const page = readFileSync(resolve(FOLDER, `${scenario}.md`), 'utf8')
  const probes = factsOf(page, 'probes').split(/(?=<a id=")/)
  const causes = factsOf(page, 'causes').split('\n')
  return {
    questions: [
      ...fencesOf(factsOf(page, 'alerts'), undefined),
      ...probes.flatMap((part) => fencesOf(part, /<a id="([a-z-]+)">/.exec(part)?.[1])),
    ],
    toldBy: (cause) => {
      const line = causes.find((one) => one.startsWith(`- **\`${cause}\`**`)) ?? ''
      return [...line.matchAll(/\[`([a-z-]+)`\]\(#/g)].map(([, probe = '']) => probe)
    },
  }
}

function factsOf(page: string, kind: string): string {
  const begin = `<!-- facts:${kind} -->`
  const start = page.indexOf(begin)
  if (start < 0) throw new Error(`the page has no ${kind}`)
  return page.slice(start + begin.length, page.indexOf('<!-- /facts -->', start))
}

function fencesOf(part: string, probe: string | undefined): readonly Question[] {
  return [...part.matchAll(/```(sql|promql|sh)\n([\s\S]*?)\n```/g)].map(([, language, text = '']) => ({
    probe,
    language: language as Question['language'],
    text,
  }))
}
