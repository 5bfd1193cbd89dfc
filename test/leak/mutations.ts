/** A leak on purpose: each search text must stand once in its file. */
export type Mutation = {
  readonly name: string
  readonly patches: readonly { readonly file: string; readonly search: string; readonly replace: string }[]
  /** Vectors that provoke it, if those that must go red do not do so by themselves. */
  readonly provoke?: readonly string[]
  /** Tests of `in-process.long.test.ts` that must go red, by their own titles. */
  readonly reddens: readonly string[]
}

const patch = (file: string, search: string, replace: string) => ({ file: `src/${file}`, search, replace })

const REUSED_KEY = 'a key that is used for another upload'

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'ring 1: a sensitive value prints itself as JSON',
    patches: [
      patch(
        'observability/sensitive.ts',
        'toJSON(): string {\n    return REDACTED',
        'toJSON(): string {\n    return contentOf(this) as string',
      ),
    ],
    reddens: ['a sensitive value in an answer'],
  },
  {
    name: 'ring 1: a name is revealed into a column that is not for names',
    patches: [
      patch(
        'copies/record-upload.ts',
        'anonymousId: newAnonymousId()',
        `anonymousId: reveal(scan.fileName, 'seal') + newAnonymousId()`,
      ),
    ],
    provoke: [REUSED_KEY],
    reddens: ['no marker is in the columns that are public or internal'],
  },
  {
    name: 'ring 2: a field takes any text, and a name is written into it',
    patches: [
      patch(
        'observability/fields.ts',
        'export const FIELDS = {',
        'export const FIELDS = {\n  note: publicField(matching(/^/)),',
      ),
      patch('copies/upload.ts', 'import type { Sensitive }', 'import { reveal, type Sensitive }'),
      patch(
        'copies/upload.ts',
        `log.grading.info('upload.accepted', {`,
        `log.grading.info('upload.accepted', { note: reveal(upload.fileName, 'seal'),`,
      ),
    ],
    reddens: [REUSED_KEY],
  },
  {
    name: 'ring 3: a value that does not fit its field is written',
    patches: [patch('observability/fields.ts', 'else if (field.accepts(value))', 'else if (field)')],
    reddens: ['a name in the place of an id'],
  },
  {
    name: 'ring 3: an error tells its message',
    patches: [
      patch(
        'observability/opaque-error.ts',
        `'exception.type': nameOf(first),`,
        `'exception.type': first.message,`,
      ),
      patch(
        'observability/fields.ts',
        `identifier = matching<ErrorWord>(/^[A-Za-z0-9_]{1,64}$/)`,
        'identifier = matching<ErrorWord>(/^/)',
      ),
    ],
    reddens: ['the message of an error', 'a cast, whose message quotes the value'],
  },
  {
    name: 'ring 3: an answer tells the message of an error',
    patches: [
      patch(
        'http/problem.ts',
        `title: status === 500 ? 'Something went wrong on our side.' : known.title`,
        'title: String((error as Error).message)',
      ),
    ],
    reddens: ['a cast, whose message quotes the value'],
  },
  {
    name: 'ring 3: a command tells the message of an error',
    patches: [patch('bin/failure.ts', 'something went wrong on our side.', `$\{error}`)],
    reddens: ['the message of an error'],
  },
  {
    name: 'outside: PostgreSQL writes errors into its log',
    patches: [
      patch(
        'platform/embedded-postgres/postmaster.ts',
        `log_min_messages: 'fatal'`,
        `log_min_messages: 'notice'`,
      ),
    ],
    provoke: ['a cast, whose message quotes the value'],
    reddens: ['no marker is in the log of PostgreSQL'],
  },
  {
    name: 'outside: a job keeps the message of its failure',
    patches: [
      patch('queue/run.ts', 'undefined : errorCodeOf(failure)', 'undefined : (String(failure) as never)'),
    ],
    provoke: ['a drawing that fails three times'],
    reddens: ['no marker is in the rows of the queue'],
  },
]
