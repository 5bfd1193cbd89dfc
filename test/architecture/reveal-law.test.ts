import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

/** Who may look at sensitive values, and why. A file that begins to, or to do so for another reason, is entered here. */
const MAY_REVEAL: Readonly<Record<string, readonly string[]>> = {
  'src/audit/append.ts': ['seal'],
  'src/audit/append-store.ts': ['unseal'],
  'src/audit/drain-spool.ts': ['unseal'],
  'src/audit/member-opener.ts': ['unseal'],
  'src/audit/view.ts': ['show-to-entitled-user', 'unseal'],
  'src/copies/read.ts': ['show-to-entitled-user'],
  'src/copies/read-review.ts': ['show-to-entitled-user'],
  'src/copies/record-upload.ts': ['seal'],
  'src/copies/upload-parts.ts': ['seal'],
  'src/exams/exams.ts': ['show-to-entitled-user'],
  'src/exams/rubric.ts': ['show-to-entitled-user'],
  'src/marking/annotate.ts': ['show-to-entitled-user'],
  'src/marking/export.ts': ['export'],
  'src/marking/finalize.ts': ['show-to-entitled-user'],
  'src/marking/lock.ts': ['show-to-entitled-user'],
  'src/marking/marked-copy.ts': ['draw'],
  'src/marking/read-result.ts': ['show-to-entitled-user'],
  'src/marking/read-sheet.ts': ['show-to-entitled-user'],
  'src/marking/sum-scores.ts': ['compute-score'],
  // The library that signs people in knows nothing of sensitive values: it is given rows as they are.
  'src/people/auth.ts': ['everything, to sign-in'],
  'src/people/routes.ts': ['show-to-entitled-user'],
  'src/people/sign-in.ts': ['sign-in'],
  'src/people/student-routes.ts': ['show-to-entitled-user'],
  'src/platform/keys.ts': ['unseal'],
}

/** Statements that compute texts of ids and closed words, which then come back as they are. */
const MAY_COMPUTE: Readonly<Record<string, readonly string[]>> = {
  'src/audit/integrate-store.ts': ['computed texts'],
  'src/platform/granted-rights.ts': ['computed texts'],
  'src/audit/prove-stream-store.ts': ['computed texts'],
  'src/audit/repair-store.ts': ['computed texts'],
  'src/audit/verify-store.ts': ['computed texts'],
  'src/people/erase-store.ts': ['computed texts'],
  'src/copies/blob-store.ts': ['computed texts'],
  'src/operations/store.ts': ['computed texts'],
  'src/operations/stuck-store.ts': ['computed texts'],
  'src/queue/store.ts': ['computed texts'],
}

/** Connections beside the concealing pool: they read catalogues and settings, migrate, listen, or hold a lock. */
const MAY_CONNECT: Readonly<Record<string, readonly string[]>> = {
  'src/bin/check-database.ts': ['own connection'],
  'src/platform/concealing-pool.ts': ['own connection'],
  'src/platform/connection.ts': ['own connection'],
  'src/platform/database.ts': ['own connection'],
  'src/platform/database-presence.ts': ['own connection'],
  'src/platform/embedded-postgres/roles.ts': ['own connection'],
  'src/platform/leadership.ts': ['own connection'],
  'src/platform/migrate.ts': ['own connection'],
  'src/queue/install.ts': ['own connection'],
  'src/queue/wake.ts': ['own connection'],
}

type Uses = ReadonlyMap<string, ReadonlySet<string>>
type Source = { readonly file: string; readonly text: string }

const WATCHED: ReadonlySet<string> = new Set(['reveal', 'revealAll', 'computedIsPlain', 'toPostgres'])
/** Where these names are at home. */
const HOMES: ReadonlySet<string> = new Set([
  'src/observability/sensitive.ts reveal',
  'src/observability/sensitive.ts toPostgres',
  'src/platform/database.ts revealAll',
  'src/platform/concealing-pool.ts computedIsPlain',
])

/** What one node of a source file does that this law is about; anything but the plain form is a use of its own. */
function useOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node)) return givesConnections(node) ? 'own connection' : undefined
  if (!(ts.isIdentifier(node) || ts.isStringLiteral(node)) || !WATCHED.has(node.text)) return undefined
  const { parent, text } = node
  if (ts.isImportSpecifier(parent) && parent.propertyName === undefined) return undefined
  if (text === 'computedIsPlain' && ts.isTemplateSpan(parent)) return 'computed texts'
  if (!ts.isCallExpression(parent) || parent.expression !== node)
    return `${text}, otherwise than by calling it`
  const purpose = parent.arguments[1]
  if (!purpose || !ts.isStringLiteral(purpose)) return `${text}, without a purpose that can be read`
  return text === 'revealAll' ? `everything, to ${purpose.text}` : purpose.text
}

/** What the driver exports besides connections. */
const NO_CONNECTION: ReadonlySet<string> = new Set(['DatabaseError', 'escapeLiteral'])

function givesConnections({ importClause, moduleSpecifier }: ts.ImportDeclaration): boolean {
  const from = ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : ''
  const isType = importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
  const bindings = importClause?.name ? undefined : importClause?.namedBindings
  const isHarmless =
    bindings !== undefined &&
    ts.isNamedImports(bindings) &&
    bindings.elements.every(({ name, propertyName }) => NO_CONNECTION.has((propertyName ?? name).text))
  return !isType && !isHarmless && (from === 'pg' || from.endsWith('/connection.ts'))
}

function findUses(sources: readonly Source[]): Uses {
  const uses = new Map<string, Set<string>>()
  for (const { file, text } of sources) {
    const visit = (node: ts.Node): void => {
      const use = useOf(node)
      const isAtHome = ts.isIdentifier(node) && HOMES.has(`${file} ${node.text}`)
      if (use !== undefined && !isAtHome) uses.set(file, (uses.get(file) ?? new Set()).add(use))
      ts.forEachChild(node, visit)
    }
    visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true))
  }
  return uses
}

/** What is done without being listed, and what is listed without being done, in words. */
function judge(uses: Uses): string[] {
  const listed = [MAY_REVEAL, MAY_COMPUTE, MAY_CONNECT].flatMap((list) =>
    Object.entries(list).flatMap(([file, allowed]) => allowed.map((use) => `${file}: ${use}`)),
  )
  const done = [...uses].flatMap(([file, found]) => [...found].map((use) => `${file}: ${use}`))
  return [
    ...done.filter((use) => !listed.includes(use)).map((use) => `not listed: ${use}`),
    ...listed.filter((use) => !done.includes(use)).map((use) => `listed in vain: ${use}`),
  ]
}

const ROOT = resolve(import.meta.dirname, '../..')
const SOURCES: readonly Source[] = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .map((name) => relative(ROOT, join(ROOT, 'src', name)))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }))

const USES = findUses(SOURCES)

/** The tree as it is, with one file that is another. */
function withInstead(source: Source): Uses {
  return new Map([...USES, [source.file, new Set()], ...findUses([source])])
}

/** What somebody in a hurry would write, and what this law says of it. */
const FAULTS: readonly (readonly [source: string, says: string])[] = [
  ["log(reveal(account.name, 'draw'))", 'draw'],
  ["const db = revealAll(deps.db, 'export')", 'everything, to export'],
  [
    'const names = rows.map(({ name }) => reveal(name, purpose))',
    'reveal, without a purpose that can be read',
  ],
  ['const names = rows.map(({ name }) => reveal(name))', 'reveal, without a purpose that can be read'],
  ['const show = reveal', 'reveal, otherwise than by calling it'],
  ['const names = sensitives.map(reveal)', 'reveal, otherwise than by calling it'],
  ["import { reveal as show } from './sensitive.ts'", 'reveal, otherwise than by calling it'],
  ["export { reveal } from './sensitive.ts'", 'reveal, otherwise than by calling it'],
  ["import * as all from './sensitive.ts'; all.reveal(name, 'draw')", 'reveal, otherwise than by calling it'],
  ["(await import('./sensitive.ts'))['reveal'](name, 'draw')", 'reveal, otherwise than by calling it'],
  ['const name = account.name.toPostgres(String)', 'toPostgres, otherwise than by calling it'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the source of a template
  ['sql`${computedIsPlain} select lower(email) from people.account`', 'computed texts'],
  ["import pg from 'pg'", 'own connection'],
  ["import { withConnection } from '../platform/connection.ts'", 'own connection'],
]

describe('the reveal law', () => {
  it('every look at sensitive values is listed, and nothing is listed in vain', () => {
    expect(judge(USES)).toEqual([])
  })

  it('the whole source is read', () => {
    expect(SOURCES.length).toBeGreaterThan(100)
  })

  it.each(FAULTS)('does not let pass: %s', (text, says) => {
    const file = 'src/marking/planted.ts'
    expect(judge(withInstead({ file, text }))).toEqual([`not listed: ${file}: ${says}`])
  })

  it('a file that no longer looks must leave the list', () => {
    const mended = { file: 'src/people/sign-in.ts', text: '' }
    expect(judge(withInstead(mended))).toEqual(['listed in vain: src/people/sign-in.ts: sign-in'])
  })

  it('a listed file may not look for another reason', () => {
    const other = {
      file: 'src/marking/sum-scores.ts',
      text: "reveal(score, 'compute-score'); reveal(score, 'export')",
    }
    expect(judge(withInstead(other))).toEqual([`not listed: ${other.file}: export`])
  })

  it('a type is no connection, and a word in a sentence is no look', () => {
    const text = "import type pg from 'pg'\n// reveal(name, 'draw')\nconst sentence = 'they reveal nothing'"
    expect([...findUses([{ file: 'src/marking/planted.ts', text }])]).toEqual([])
  })
})
