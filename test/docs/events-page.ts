import { ACTIONS, type Action, FROZEN_ACTIONS, HUNDREDTHS_FIELDS } from '../../src/audit/actions.ts'
import { describeActions } from '../../src/audit/describe-actions.ts'
import { QUARANTINE_REASONS } from '../../src/audit/inspect.ts'
import { markdownTable } from '../support/markdown.ts'

type About = { readonly stream: string; readonly who: string; readonly when: string }

/** What an administrator does to pages while their copies are in STAGING. */
function onPages(when: string): About {
  return {
    stream: 'each copy whose pages changed; batch, when none did',
    who: 'an administrator',
    when: `${when} \`pages\`: how many the copy has now; on a batch, how many are in no copy.`,
  }
}

/** On which stream an event lies, who its actor is, and when it is written. */
const ABOUT: Readonly<Record<Action, About>> = {
  IMPORT: {
    stream: 'copy; batch, when its scan gave no copy',
    who: 'the system',
    when: 'The import of a scan has ended, well or not.',
  },
  VALIDATE: {
    stream: 'copy',
    who: 'an administrator',
    when: 'The copy was declared complete, and may be marked.',
  },
  LOCK: {
    stream: 'copy',
    who: 'the marker of the copy, or an administrator',
    when: 'Somebody has taken the copy to mark it, for so many seconds unless the lease is renewed.',
  },
  UNLOCK: {
    stream: 'copy',
    who: 'who held the lock (`released`), who took it (`taken-over`), the system (`expired`), an administrator or an operator (`forced`); a marker or an administrator (`correct`)',
    when: 'A lease has ended; `correct`: a copy whose finalization failed is given back to be corrected.',
  },
  CREATE_ANN: {
    stream: 'copy',
    who: 'who holds the lock',
    when: 'An annotation was laid on a page. What it says is not in the log.',
  },
  UPDATE_ANN: {
    stream: 'copy',
    who: 'who holds the lock',
    when: 'An annotation was changed; `fields` names what was, `version` is its new one.',
  },
  DELETE_ANN: {
    stream: 'copy',
    who: 'who holds the lock',
    when: 'An annotation was removed; `version` is the one it had.',
  },
  FINALIZE: {
    stream: 'copy',
    who: 'the system',
    when: 'An attempt to draw the marked PDF has ended. `retries` counts the attempts before it, `version` is that of the copy.',
  },
  EXPORT: {
    stream: 'copy (`marked-pdf`); exam (`csv`)',
    who: 'who asked for it',
    when: 'A marked PDF, or the table of an exam, is about to leave.',
  },
  FINALIZE_REQUEST: {
    stream: 'copy',
    who: 'who held the lock (`first`); a marker, an administrator or an operator (`retry`)',
    when: 'The marked PDF was asked for. The lease ends with it, without an `UNLOCK`.',
  },
  SCORE: {
    stream: 'copy',
    who: 'who holds the lock',
    when: 'An item of the rubric was given its points; `version` is that of the score.',
  },
  REMARK: {
    stream: 'copy',
    who: 'who holds the lock',
    when: 'An item of the rubric, or without `item_ref` the whole copy, was given its remark, or had it `removed`; `version` is that of the remark. What it says is not in the log.',
  },
  SET_CODE_PATTERN: {
    stream: 'exam',
    who: 'an administrator',
    when: 'It was said how the sheets of the exam are coded; `fields` are those that a code names, none when there are no codes.',
  },
  RELEASE: {
    stream: 'exam',
    who: 'an administrator',
    when: 'Students may read their graded copies of the exam from now on; `version` counts releases and withdrawals.',
  },
  WITHDRAW: {
    stream: 'exam',
    who: 'an administrator',
    when: 'Students may no longer read their copies of the exam.',
  },
  LINK_STUDENT: {
    stream: 'copy',
    who: 'an administrator',
    when: 'It was said whose copy it is.',
  },
  UNLINK_STUDENT: {
    stream: 'copy',
    who: 'an administrator',
    when: 'It was taken back whose copy it is.',
  },
  TURN_PAGE: onPages('A page was turned clockwise by so many degrees.'),
  NUMBER_PAGE: onPages('A person said which page number is printed on a sheet.'),
  MOVE_PAGE: onPages('A page was put into a copy, or to another place in it.'),
  DISCARD_PAGE: onPages('A page was declared to belong to no copy.'),
  RESTORE_PAGE: onPages('A discarded page was taken back.'),
  REPLACE_PAGE: onPages('A page was discarded and another one, `by_ref`, put in its place.'),
  REORDER_PAGES: onPages('The pages of a copy were put in another order.'),
  SPLIT_COPY: onPages('A copy was made of the last pages of another one; both have the event.'),
  MERGE_COPY: onPages('The pages of a copy were put behind those of another one; both have the event.'),
  MAKE_COPY: onPages('A copy was made of pages that were in none.'),
  UNDO_REVIEW: onPages('Pages were put back where they were before the operation `undone_ref`.'),
  SEND_BACK: {
    stream: 'copy',
    who: 'the marker of the copy, or an administrator',
    when: 'The copy was found wrong, and goes back to be put right.',
  },
  REOPEN: {
    stream: 'copy',
    who: 'an administrator',
    when: 'A graded copy was opened again, as the version after `from_version`.',
  },
  ASSIGN: {
    stream: 'exam',
    who: 'an administrator',
    when: 'A copy was given to a marker.',
  },
  CREATE_EXAM: { stream: 'exam', who: 'an administrator', when: 'The exam was made.' },
  SET_RUBRIC: {
    stream: 'exam',
    who: 'an administrator',
    when: 'The rubric of the exam was written, in its `version`, with so many items.',
  },
  ADD_MARKER: {
    stream: 'exam',
    who: 'an administrator',
    when: 'An account may mark copies of the exam.',
  },
  UPLOAD: {
    stream: 'batch',
    who: 'an administrator',
    when: 'A scan was uploaded; with `pages_per_copy` it is a stack, to be cut.',
  },
  ADD_ACCOUNT: {
    stream: 'account, the new one',
    who: 'an administrator, or whoever works at the command line',
    when: 'An account was made.',
  },
  SIGN_IN: {
    stream: 'account',
    who: 'the account; the system for an attempt that failed, since nobody has proved anything',
    when: 'Somebody tried to sign in with the address of an account.',
  },
  SIGN_OUT: { stream: 'account', who: 'the account', when: 'Its session was ended by its owner.' },
  MIGRATE: {
    stream: 'system',
    who: 'the system',
    when: 'The tables were brought to a version. The first one counts the events from before there were leaves.',
  },
  GAP: {
    stream: 'system',
    who: 'the system',
    when: 'An event was lost: its stream has taken the number, and nothing is there. This is what is left of it.',
  },
  ROTATE_KEY: {
    stream: 'system',
    who: 'whoever works at the command line',
    when: 'A key of the installation was replaced by the one with this id.',
  },
  READ: {
    stream: 'account of the reader; system, for whoever works at the command line',
    who: 'the reader',
    when: 'The log was read: a question (`events`), the trail of a copy (`timeline`), a proof, an export, or published bundles (`tiles`, once an hour at most).',
  },
  REVEAL: {
    stream: 'account of the auditor',
    who: 'an auditor',
    when: 'Somebody was told who `actor_ref` is, for the reason that is named.',
  },
  DENY: {
    stream: 'account',
    who: 'the account',
    when: 'The account was refused by its role, by ownership, or by the origin of its request: one event for each route within a minute.',
  },
  ERASE: {
    stream: 'copy, and batch of each scan that pages of it are from; batch alone',
    who: 'whoever works at the command line',
    when: 'The person of the copy was erased: so many sealed values with their key, so many files. On a batch: its scan was, with its name and the notes on its pages; the files are counted with the copy. With `pages`, the scan was erased by itself, since it came to no copy: so many images of pages, so many files.',
  },
  REPAIR: {
    stream: 'copy or batch that was repaired; system, when it was neither',
    who: 'an operator',
    when: 'A repair was made: `action` is what `paraph repair` calls it. What it moved has events of its own.',
  },
}

type JsonSchema = {
  readonly type?: string
  readonly enum?: readonly string[]
  readonly anyOf?: readonly JsonSchema[]
  readonly items?: JsonSchema
  readonly format?: string
  readonly pattern?: string
  readonly minimum?: number
  readonly maxLength?: number
}
type Members = {
  readonly properties: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
}

/** What the patterns of texts mean. */
const PATTERNS: Readonly<Record<string, string>> = {
  '^[a-z0-9][a-z0-9-]{0,63}$': 'a closed word',
  '^[0-9a-f]{64}$': 'SHA-256, 64 hexadecimal digits',
  '^[0-9a-f]{8}$': 'id of a key, 8 hexadecimal digits',
  '^\\/[A-Za-z0-9/:._*-]{1,119}$': 'the template of a route',
}

/** The shape of a member in words. Throws for one that nobody has described yet. */
function describeShape(name: string, schema: JsonSchema): string {
  const { type, format, pattern, anyOf, items, minimum, maxLength } = schema
  if (anyOf) {
    return anyOf.map((one) => (one.type === 'null' ? 'nothing' : describeShape(name, one))).join(', or ')
  }
  if (schema.enum) return schema.enum.map((word) => `\`${word}\``).join(', ')
  if (type === 'boolean') return 'true or false'
  if (type === 'integer') {
    if (HUNDREDTHS_FIELDS.has(name)) return 'hundredths of a point'
    return minimum === 1 ? 'whole number from 1' : 'whole number from 0'
  }
  if (type === 'array' && items) return `a list of: ${describeShape(name, items)}`
  if (format === 'uuid') return 'a random reference (UUID)'
  if (pattern !== undefined && PATTERNS[pattern]) return PATTERNS[pattern]
  if (type === 'string' && pattern === undefined) {
    return maxLength === undefined ? 'a text' : `a text of ${maxLength} characters at most`
  }
  throw new Error(`no words for the shape of ${name}`)
}

function membersOf(schema: unknown, kind: 'clear' | 'sealed'): string[][] {
  const { properties, required = [] } = schema as Members
  return Object.entries(properties).map(([name, shape]) => [
    `\`${name}\``,
    required.includes(name) ? kind : `${kind}, may be missing`,
    describeShape(name, shape),
  ])
}

function sectionOf({ action, version, clear, sealed }: ReturnType<typeof describeActions>[number]): string {
  const { stream, who, when } = ABOUT[action as Action]
  const members = [...membersOf(clear, 'clear'), ...membersOf(sealed, 'sealed')]
  return [
    `### ${action}`,
    when,
    `Stream: ${stream}. Actor: ${who}. Version ${version}.`,
    members.length === 0 ? 'It says nothing besides.' : markdownTable(['member', 'class', 'shape'], members),
  ].join('\n\n')
}

/** `docs/events.md`. */
export function writeEventsPage(): string {
  const described = describeActions()
  const isFrozen = ({ action }: { readonly action: string }) =>
    (FROZEN_ACTIONS as readonly string[]).includes(action)
  const sections = (wanted: (one: (typeof described)[number]) => boolean) =>
    described.filter(wanted).map(sectionOf).join('\n\n')
  return `# Events

Everything that the audit log can say: ${Object.keys(ACTIONS).length} actions, a closed list. This page is generated from
\`src/audit/actions.ts\` by \`npx vitest run test/docs -u\`; a test fails when it is not as the code is. How the log is
kept, proved and checked is in [audit.md](audit.md); the bytes of an event, with examples to test other software by, are
in [audit-vectors](audit-vectors/README.md).

## What every event has

${markdownTable(
  ['member of the leaf', 'what it is'],
  [
    ['`v`, `av`', 'versions: of these members, and of the metadata of the action'],
    ['`action`', 'one of the actions below'],
    [
      '`stream`, `seq`',
      'what it belongs to (`copy`, `batch`, `exam`, `account`, `system`, and a random reference), and its number there, from 1 and without a gap',
    ],
    ['`actor`', '`user` or `operator` with a random reference, or `system`'],
    ['`exam`', 'the stream of the exam that it is about, if it is about one'],
    ['`request`', 'the id of the request that it came of, which log lines, jobs and errors carry too'],
    ['`time`', 'UTC, by the clock of the application'],
    ['`metadata`', 'the clear members below; `degraded: true` in their place when they could not be written'],
    [
      '`sealed`',
      'for each sealed member a commitment to its value, which is kept encrypted apart and can be erased',
    ],
    ['`nonce`', 'random, so that nobody finds out what a leaf says by guessing'],
  ],
)}

A clear member is a count, a page number, a random reference or a closed word, and tells of nobody. A sealed one may
tell of a person: administrators and auditors are shown its value, others \`{"sealed": true}\`, and everybody
\`{"erased": true}\` once it was erased. Readers are shown scores in points. Members are only ever added to an action, and
then its version grows.

## Frozen

Nine actions whose names, and whose order in the life of a copy, other people's tools rely on.

${sections(isFrozen)}

## The others

${sections((one) => !isFrozen(one))}

## In the place of an event

An event that fails its checks on the way into the tree is not taken at its word, and not dropped either: its place in
the log goes to an entry with the number of the \`event\`, \`leaf_sha256\` of the bytes that were found, and
\`quarantine\`, the reason: ${QUARANTINE_REASONS.map((reason) => `\`${reason}\``).join(', ')}.
`
}
