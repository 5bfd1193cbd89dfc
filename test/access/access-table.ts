import { STATUS_OF_CODE } from '../../src/http/problem.ts'
import type { ErrorCode } from '../../src/observability/error-codes.ts'
import type { Ownership, Role } from '../../src/platform/http-route.ts'
import { markdownTable } from '../support/markdown.ts'
import { COPY_STATES, type CopyState, EXPECTED, type Expectation, type Outcome } from './expected-access.ts'

/**
 * Who asks. `own`: the marker of the copy, or one of the markers of the exam; `other`: the marker of another copy of
 * that exam, or of another exam. `signed out`: an administrator's cookie whose session has ended.
 */
export const CALLERS = [
  'nobody',
  'signed out',
  'admin',
  'marker, own',
  'marker, other',
  'operator',
  'auditor',
  'student',
] as const
export type Caller = (typeof CALLERS)[number]

/** What the mounted route declares; absent for what is open to all. */
export type DeclaredAccess = { readonly roles: readonly Role[]; readonly ownership: Ownership }

export type Cell = {
  readonly endpoint: string
  readonly caller: Caller
  /** State of the copy, or whether the exam, or the like, exists. */
  readonly situation: CopyState | 'there' | 'none' | '-'
  readonly expected: Outcome
}

/** Every question that the table answers about one endpoint. */
export function cellsOf(endpoint: string, access: DeclaredAccess | undefined): Cell[] {
  const expectation = EXPECTED[endpoint]
  if (!expectation) throw new Error(`${endpoint} is not in the access table`)
  return CALLERS.flatMap((caller) =>
    situationsOf(expectation, caller).map((situation) => ({
      endpoint,
      caller,
      situation,
      expected:
        refusalByRole(expectation, access, caller) ?? outcomeFor(expectation, access, caller, situation),
    })),
  )
}

function situationsOf(expectation: Expectation, caller: Caller): readonly Cell['situation'][] {
  if (expectation.about === 'nothing') return ['-']
  if (expectation.about !== 'copy') return ['there', 'none']
  return COPY_STATES.filter((state) => state !== 'LOCKED by you' || isWriter(caller))
}

/** Whether a caller can hold a lock on the copy. */
function isWriter(caller: Caller): boolean {
  return caller === 'admin' || caller === 'marker, own'
}

function refusalByRole(
  expectation: Expectation,
  access: DeclaredAccess | undefined,
  caller: Caller,
): Outcome | undefined {
  if (expectation.isPublic || !access) return undefined
  if (caller === 'nobody' || caller === 'signed out') return 'no-session'
  if (!access.roles.includes(roleOf(caller))) return 'role-not-allowed'
  return caller === 'marker, other' && access.ownership !== 'none' ? 'not-assigned' : undefined
}

function roleOf(caller: Caller): Role {
  return (caller.startsWith('marker') ? 'marker' : caller) as Role
}

function outcomeFor(
  { about, byState, success, whenMissing }: Expectation,
  access: DeclaredAccess | undefined,
  caller: Caller,
  situation: Cell['situation'],
): Outcome {
  // Nobody is assigned to what does not exist, so a marker does not learn that it does not.
  if (situation === 'none' && caller === 'marker, own' && access?.ownership !== 'none') return 'not-assigned'
  if (about !== 'copy') return situation === 'none' ? (whenMissing ?? 'not-found') : success
  const outcome = byState?.[situation as CopyState] ?? success
  return typeof outcome === 'object' ? (outcome[roleOf(caller)] ?? success) : outcome
}

/** `docs/access.md`, from the declared access of each endpoint of the table. */
export function writeAccessTable(declared: ReadonlyMap<string, DeclaredAccess | undefined>): string {
  const cells = [...declared].flatMap(([endpoint, access]) => cellsOf(endpoint, access))
  const ofCopies = [...declared.keys()].filter((endpoint) => EXPECTED[endpoint]?.about === 'copy')
  const columns = CALLERS.filter((caller) => caller !== 'signed out')
  return `# Who may do what

Every endpoint of the API, who may call it, and what the state of a copy makes of it. This page is generated from the
mounted routes, from the state machine (\`src/copies/status.ts\`) and from \`test/access/expected-access.ts\`, and
\`test/access/access.long.test.ts\` asks the real application each of its **${cells.length} questions** (${declared.size} endpoints). An endpoint
that is not here fails \`test/access/access.test.ts\`. After a change: \`npx vitest run test/access -u\`, and read the difference.

## Who may call

A marker's column is doubled: _own_ is the marker to whom the copy is assigned, or a marker of the exam; _other_ is
the marker of another copy of the same exam, or of another exam. Under \`/api/my/results\` a student is asked with a graded
copy of their own, of an exam that is released (\`yes\`); every other copy is answered as if there were none.

${markdownTable(
  ['sign', 'answer'],
  [
    ['yes', 'the endpoint does its work, if the state of the copy allows it'],
    ['–', '401 `no-session` for nobody, and for the cookie of a session that has ended'],
    ['no', '403 `role-not-allowed`'],
    ['not theirs', '403 `not-assigned`, also when there is no such copy or exam'],
  ],
)}

${markdownTable(
  ['endpoint', ...columns],
  [...declared].map(([endpoint, access]) => [
    `\`${endpoint}\``,
    ...columns.map((caller) => signOf(endpoint, access, caller)),
  ]),
)}

## What the state of a copy allows

For callers who may. A number is the status of success; a word is the code of the refusal (\`docs/errors/\`). Without
such a copy: 404 \`not-found\` (a marker: 403 \`not-assigned\`). Everything that needs a lease is asked here with the
token of the caller's own lock, or with an old one. Of an erased copy nothing is left but its state and its events.

${markdownTable(
  ['endpoint', ...COPY_STATES.filter((state) => state !== 'none')],
  ofCopies
    .filter((endpoint) => Object.keys(EXPECTED[endpoint]?.byState ?? {}).length > 2)
    .map((endpoint) => [
      `\`${endpoint.replace('/api/copies/:copyId', '…')}\``,
      ...COPY_STATES.filter((state) => state !== 'none').map((state) => describe(endpoint, state)),
    ]),
)}

\`…\` is \`/api/copies/:copyId\`. The other reads of a copy answer 200 in every state, with two exceptions: the original is
\`not-found\` until the import has ended, and what an erased copy held is \`copy-erased\` (410).

Every write is refused with 403 \`foreign-origin\`, before anything else, when a browser says that it comes from another
site; every answer is \`no-store\`, or \`private\`.
`
}

function signOf(endpoint: string, access: DeclaredAccess | undefined, caller: Caller): string {
  const refusal = refusalByRole(EXPECTED[endpoint] as Expectation, access, caller)
  const signs: Record<string, string> = {
    'no-session': '–',
    'role-not-allowed': 'no',
    'not-assigned': 'not theirs',
  }
  return refusal === undefined ? 'yes' : (signs[refusal] ?? String(refusal))
}

function describe(endpoint: string, state: CopyState): string {
  const { byState, success } = EXPECTED[endpoint] as Expectation
  const outcome = byState?.[state] ?? success
  if (typeof outcome !== 'object') return wordFor(outcome)
  return Object.entries(outcome)
    .map(([role, one]) => `${role}: ${wordFor(one)}`)
    .join(', ')
}

function wordFor(outcome: Outcome): string {
  return typeof outcome === 'number' ? `**${outcome}**` : `\`${outcome}\``
}

/** The status that an outcome is sent with. */
export function statusOf(outcome: Outcome): number {
  return typeof outcome === 'number' ? outcome : (STATUS_OF_CODE[outcome as ErrorCode] ?? 500)
}
