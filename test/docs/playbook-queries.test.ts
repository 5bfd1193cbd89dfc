import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LOG_EVENTS } from '../../src/observability/events.ts'
import { createTestDatabase, runAs, type TestDatabase } from '../support/database.ts'
import { LANGUAGES } from './playbook-words.ts'

const FOLDER = resolve(import.meta.dirname, '../../docs/playbook')
const PAGES = LANGUAGES.flatMap((language) =>
  readdirSync(join(FOLDER, language)).map((name) => readFileSync(join(FOLDER, language, name), 'utf8')),
)
const hasPromtool = spawnSync('promtool', ['--version']).status === 0

/** What stands in the fences of a language, each text once; those in a list are indented. */
function fenced(language: string): readonly string[] {
  const fences = new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\``, 'gm')
  return [...new Set(PAGES.flatMap((page) => [...page.matchAll(fences)].map(([, , text = '']) => text)))]
}

describe('what the playbook tells people to type', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database?.drop())

  it('is SQL that the login of the application may run', async () => {
    const statements = fenced('sql')
    expect(statements.length).toBeGreaterThan(10)
    for (const statement of statements) {
      await expect(runAs(database.url, statement), statement).resolves.toBeInstanceOf(Array)
    }
  })

  it('is well formed for a shell', () => {
    const commands = fenced('sh')
    expect(commands.length).toBeGreaterThan(20)
    for (const command of commands) {
      const { status, stderr } = spawnSync('bash', ['-n'], { input: command, encoding: 'utf8' })
      expect([stderr, status], command).toEqual(['', 0])
    }
  })

  it('looks for events that log lines report', () => {
    const events = fenced('sh').flatMap((command) =>
      [...command.matchAll(/"event":"([a-z.-]+)"/g)].map(([, event]) => event),
    )
    expect(events.length).toBeGreaterThan(3)
    expect(
      events.filter((event) => !(LOG_EVENTS as readonly (string | undefined)[]).includes(event)),
    ).toEqual([])
  })

  it.skipIf(!hasPromtool)('is PromQL that Prometheus can read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'paraph-queries-'))
    try {
      const rules = fenced('promql').map((expr, index) => ({ record: `query:${index}`, expr }))
      writeFileSync(join(folder, 'queries.yml'), JSON.stringify({ groups: [{ name: 'queries', rules }] }))
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', 'queries.yml'], {
        cwd: folder,
        encoding: 'utf8',
      })
      expect([`${stdout}${stderr}`, status]).toEqual([
        expect.stringContaining(`SUCCESS: ${rules.length} rules found`),
        0,
      ])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
