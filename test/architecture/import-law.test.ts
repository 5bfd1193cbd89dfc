import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

type Plant = { readonly rule: string; readonly file: string; readonly source: string }

/** One forbidden import for each rule: what each room must not do, written by somebody in a hurry. */
const FAULTS: readonly Plant[] = [
  {
    rule: 'observability-imports-no-room',
    file: 'src/observability/planted.ts',
    source: "import { newId } from '../platform/ids.ts'\nexport const id = newId()\n",
  },
  {
    rule: 'platform-sees-observability-only',
    file: 'src/platform/planted.ts',
    source: "import { ACTIONS } from '../audit/actions.ts'\nexport const names = Object.keys(ACTIONS)\n",
  },
  {
    rule: 'audit-sees-the-base-only',
    file: 'src/audit/planted.ts',
    source: "import type { CopyStatus } from '../copies/contract.ts'\nexport type Status = CopyStatus\n",
  },
  {
    rule: 'queue-sees-the-base-only',
    file: 'src/queue/planted.ts',
    source: "export const load = () => import('../marking/finalize-job.ts')\n",
  },
  {
    rule: 'pdf-sees-the-base-only',
    file: 'src/pdf/planted.ts',
    source: "import { computeScore } from '../marking/score.ts'\nexport const sum = computeScore\n",
  },
  {
    rule: 'exams-sees-audit-queue-pdf',
    file: 'src/exams/planted.ts',
    source: "export { isAssigned } from '../copies/store.ts'\n",
  },
  {
    rule: 'copies-sees-exams-and-below',
    file: 'src/copies/planted.ts',
    source: "import { deleteLock } from '../marking/lock-store.ts'\nexport const unlock = deleteLock\n",
  },
  {
    rule: 'marking-sees-copies-and-below',
    file: 'src/marking/planted.ts',
    source: "import { toProblem } from '../http/problem.ts'\nexport const problem = toProblem\n",
  },
  {
    rule: 'http-knows-no-feature',
    file: 'src/http/planted.ts',
    source: "import { markingRoutes } from '../marking/routes.ts'\nexport const routes = markingRoutes\n",
  },
  {
    rule: 'operations-sees-no-person',
    file: 'src/operations/planted.ts',
    source: "import { listAccounts } from '../people/store.ts'\nexport const whoIsSlow = listAccounts\n",
  },
  {
    rule: 'people-is-above-marking-never-beside',
    file: 'src/people/planted.ts',
    source: "import { computeScore } from '../marking/score.ts'\nexport const ranking = computeScore\n",
  },
  {
    rule: 'demo-is-a-user',
    file: 'src/demo/planted-guest.ts',
    source: "import { newAccount } from '../people/contract.ts'\nexport const shape = newAccount\n",
  },
  {
    rule: 'demo-sees-contracts-of-features-only',
    file: 'src/demo/planted-insider.ts',
    source: "import { findCopy } from '../copies/store.ts'\nexport const peek = findCopy\n",
  },
  {
    rule: 'people-is-the-pii-room',
    file: 'src/marking/planted-names.ts',
    source: "import type { AccountView } from '../people/contract.ts'\nexport type Marker = AccountView\n",
  },
  {
    rule: 'nobody-imports-bin',
    file: 'src/copies/planted-top.ts',
    source: "export const version = async () => (await import('../bin/version.ts')).VERSION\n",
  },
  {
    rule: 'contracts-see-contracts-only',
    file: 'src/exams/planted/contract.ts',
    source: "import type { ExamRow } from '../store.ts'\nexport type ExamView = ExamRow\n",
  },
  {
    rule: 'score-is-pure',
    file: 'src/marking/score.ts',
    source: "import { toPoints } from '../exams/points.ts'\nexport const computeScore = toPoints\n",
  },
  {
    rule: 'web-sees-contracts-and-score-only',
    file: 'web/workbench/planted-insider.ts',
    source: "import type { CopyRow } from '../../src/copies/store.ts'\nexport type Row = CopyRow\n",
  },
  {
    rule: 'web-takes-types-of-contracts-only',
    file: 'web/workbench/planted-shape.ts',
    source:
      "import { newAnnotation } from '../../src/marking/contract.ts'\nexport const shape = newAnnotation\n",
  },
  {
    rule: 'web-takes-types-of-zod-only',
    file: 'web/workbench/planted-weight.ts',
    source: "import { z } from 'zod'\nexport const text = z.string()\n",
  },
  {
    rule: 'web-rooms-do-not-see-each-other',
    file: 'web/portal/planted-neighbour.tsx',
    source: "export { MarkerHome } from '../workbench/home.tsx'\n",
  },
  {
    rule: 'web-shared-knows-no-room',
    file: 'web/shared/planted-screen.ts',
    source: "export const load = () => import('../workbench/home.tsx')\n",
  },
  {
    rule: 'nobody-imports-web',
    file: 'src/http/planted-screen.ts',
    source: "import { fr } from '../../web/shared/fr.ts'\nexport const words = fr\n",
  },
  {
    rule: 'sql-lives-in-stores',
    file: 'src/exams/planted-query.ts',
    source: "import { sql } from 'kysely'\nexport const query = sql`select 1`\n",
  },
  {
    rule: 'mupdf-stays-in-pdf',
    file: 'src/copies/planted-image.ts',
    source: "import sharp from 'sharp'\nexport const image = sharp\n",
  },
  {
    rule: 'pg-boss-stays-in-queue',
    file: 'src/marking/planted-queue.ts',
    source: "import type { PgBoss } from 'pg-boss'\nexport type Queue = PgBoss\n",
  },
  {
    rule: 'no-cycle',
    file: 'src/exams/planted-egg.ts',
    source: "import { hen } from './planted-hen.ts'\nexport const egg = () => hen\n",
  },
  {
    rule: 'not-resolved',
    file: 'src/exams/planted-nowhere.ts',
    source: "export { nothing } from './planted-that-is-not-there.ts'\n",
  },
  {
    rule: 'no-development-dependency',
    file: 'src/exams/planted-property.ts',
    source: "import fc from 'fast-check'\nexport const property = fc.property\n",
  },
  {
    rule: 'no-undeclared-package',
    file: 'src/exams/planted-guest.ts',
    source: "import types from 'pg-types'\nexport const parsers = types\n",
  },
  {
    rule: 'no-test-in-production',
    file: 'src/exams/planted-fixture.ts',
    source: "import { fixture } from './planted.test.ts'\nexport const exam = fixture\n",
  },
]

/** What two of the faults need around them. */
const SURROUNDINGS: readonly Omit<Plant, 'rule'>[] = [
  {
    file: 'src/exams/planted-hen.ts',
    source: "import { egg } from './planted-egg.ts'\nexport const hen = () => egg\n",
  },
  { file: 'src/exams/planted.test.ts', source: 'export const fixture = {}\n' },
]

const ROOT = resolve(import.meta.dirname, '../..')
const CONFIGURATION = '.dependency-cruiser.cjs'
const PROGRAM = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs')

type Cruise = {
  readonly totalCruised: number
  readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[]
}

/** The violations in words, so that a failure says at once who imports what. */
function inWords({ violations }: Cruise): string[] {
  return violations.map(({ from, rule }) => `${from} breaks ${rule.name}`)
}

/** Runs the checker on `src` and `web` of a folder. It exits with the number of errors, so only what it prints counts. */
function cruise(folder: string): Cruise {
  const args = [PROGRAM, 'src', 'web', '--config', CONFIGURATION, '--output-type', 'json']
  const run = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', maxBuffer: 256 * 2 ** 20 })
  if (run.stdout === '') throw new Error(`dependency-cruiser printed nothing: ${run.stderr}`)
  return JSON.parse(run.stdout).summary
}

/** A copy of the tree, so that tests that run at the same time never see a planted file. */
function copyTree(): string {
  const folder = mkdtempSync(join(tmpdir(), 'paraph-import-law-'))
  for (const name of ['src', 'web', 'test/support', CONFIGURATION, 'package.json', 'tsconfig.json']) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

function plant(folder: string, { file, source }: Omit<Plant, 'rule'>): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  writeFileSync(join(folder, file), source)
}

function ruleNames(): string[] {
  const { forbidden } = createRequire(import.meta.url)(join(ROOT, CONFIGURATION))
  return forbidden.map((rule: { name: string }) => rule.name)
}

describe('the import law', () => {
  let folder: string
  let untouched: Cruise
  let planted: Cruise

  beforeAll(() => {
    folder = copyTree()
    untouched = cruise(folder)
    for (const file of [...FAULTS, ...SURROUNDINGS]) plant(folder, file)
    planted = cruise(folder)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('the tree as it is breaks no rule', () => {
    expect(inWords(untouched)).toEqual([])
  })

  it('the checker really reads the tree', () => {
    expect(untouched.totalCruised).toBeGreaterThan(100)
    expect(planted.totalCruised).toBeGreaterThan(untouched.totalCruised)
  })

  it('every rule of the configuration has one planted fault, and every fault a rule', () => {
    expect(FAULTS.map((fault) => fault.rule).sort()).toEqual(ruleNames().sort())
  })

  it.each(FAULTS)('$rule refuses $file', ({ rule, file }) => {
    expect(inWords(planted)).toContain(`${file} breaks ${rule}`)
  })

  it('only planted files are reported', () => {
    const files = new Set([...FAULTS, ...SURROUNDINGS].map(({ file }) => file))
    const others = planted.violations.filter(({ from }) => !files.has(from))
    expect(inWords({ ...planted, violations: others })).toEqual([])
  })

  it('the faults are value, type-only and dynamic imports, and re-exports', () => {
    const kinds = [/^import \{/, /^import type /, /\bimport\('/, /^export \{/]
    expect(kinds.filter((kind) => !FAULTS.some(({ source }) => kind.test(source)))).toEqual([])
  })
})
