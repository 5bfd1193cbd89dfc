import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { MUTATIONS, type Mutation } from './mutations.ts'

const PROJECT = resolve(import.meta.dirname, '../..')
const PARTS = [
  'src',
  'test',
  'db',
  'bin',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
  'vitest.long.config.ts',
]
const LANES = 2

type Verdict = {
  readonly title: string
  readonly status: string
  readonly failureMessages: readonly string[]
}

/** A copy of the sources with the leak in it. Throws when a text to replace is not there, or there twice. */
function copySources(patches: Mutation['patches']): string {
  const copy = mkdtempSync(join(tmpdir(), 'paraph-mutation-'))
  for (const part of PARTS) cpSync(join(PROJECT, part), join(copy, part), { recursive: true })
  symlinkSync(join(PROJECT, 'node_modules'), join(copy, 'node_modules'))
  for (const { file, search, replace } of patches) {
    const parts = readFileSync(join(copy, file), 'utf8').split(search)
    if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times: ${search}`)
    writeFileSync(join(copy, file), parts.join(replace))
  }
  return copy
}

/** Runs some tests of `in-process.long.test.ts` in a copy; what became of each. */
async function judge(copy: string, titles: readonly string[]): Promise<readonly Verdict[]> {
  const report = join(copy, 'report.json')
  const pattern = titles.map((title) => `${title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`).join('|')
  const program = join(PROJECT, 'node_modules/vitest/vitest.mjs')
  const file = ['--config', 'vitest.long.config.ts', 'test/leak/in-process.long.test.ts']
  const args = ['run', ...file, '-t', pattern, '--reporter=json', `--outputFile=${report}`]
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'))
  const child = spawn(process.execPath, [program, ...args], {
    cwd: copy,
    env: Object.fromEntries(own),
    stdio: 'ignore',
  })
  await new Promise((done) => child.on('close', done))
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
  return testResults[0].assertionResults.filter(
    ({ status }: Verdict) => status !== 'pending' && status !== 'skipped',
  )
}

const titlesOf = ({ provoke = [], reddens }: Mutation) => [...provoke, ...reddens]

/** Each work in its turn, a few at a time. */
function inLanes<T>(works: readonly (() => Promise<T>)[]): readonly Promise<T>[] {
  const lanes: Promise<unknown>[] = Array.from({ length: LANES }, () => Promise.resolve())
  return works.map((work, index) => {
    const before = lanes[index % LANES] ?? Promise.resolve()
    const result = before.then(work)
    lanes[index % LANES] = result.catch(() => undefined)
    return result
  })
}

describe('the search for leaks', () => {
  const copies: string[] = []
  const tryOut = (patches: Mutation['patches'], titles: readonly string[]) => async () => {
    const copy = copySources(patches)
    copies.push(copy)
    return judge(copy, titles)
  }
  const [untouched, ...mutated] = inLanes([
    tryOut([], [...new Set(MUTATIONS.flatMap(titlesOf))]),
    ...MUTATIONS.map((mutation) => tryOut(mutation.patches, titlesOf(mutation))),
  ])
  for (const verdict of [untouched, ...mutated]) verdict?.catch(() => undefined)
  afterAll(() => {
    for (const copy of copies) rmSync(copy, { recursive: true, force: true })
  })

  it('finds nothing in a copy of the sources as they are', async () => {
    const verdicts = (await untouched) ?? []
    expect(verdicts.map(({ title }) => title).sort()).toEqual(
      [...new Set(MUTATIONS.flatMap(titlesOf))].sort(),
    )
    expect(verdicts.filter(({ status }) => status !== 'passed').map(({ title }) => title)).toEqual([])
  })

  it.each(MUTATIONS.map((mutation, index) => [mutation.name, mutation, index] as const))(
    'goes red for %s',
    async (_, mutation, index) => {
      const verdicts = (await mutated[index]) ?? []
      const red = verdicts.filter(({ status }) => status === 'failed')
      expect(red.map(({ title }) => title)).toEqual(expect.arrayContaining([...mutation.reddens]))
      // Red because something was found, not because the copy does not run.
      const found = red.filter(({ failureMessages }) => failureMessages.join().includes('to deeply equal []'))
      expect(found.map(({ title }) => title)).toEqual(expect.arrayContaining([...mutation.reddens]))
    },
  )
})
