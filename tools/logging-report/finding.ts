import type ts from 'typescript'
import { functionAround, type Place, placeOf } from './place.ts'
import type { Project } from './project.ts'

/** What the report looks for: the rule that is broken, and what mends it. */
export const FINDING_KINDS = {
  'logger-unknown': {
    group: 'log calls',
    rule: 'the logger and the level of a log call can be read from the code',
    advice: 'Call the logger as `log.<name>.<level>(…)`.',
  },
  'free-text': {
    group: 'log calls',
    rule: 'no value of a log field can hold any text: it is a literal, a number, or a branded string',
    advice: 'Give the value the brand of its field where it is made or parsed.',
  },
  'event-not-literal': {
    group: 'log calls',
    rule: 'the event of a log call is a string literal',
    advice: 'Write the name of the event in place.',
  },
  'fields-elsewhere': {
    group: 'log calls',
    rule: 'the fields of a log call are named in place, or in a constant beside it: no spread, no parameter',
    advice: 'Name the fields in place.',
  },
  'cast-in-log': {
    group: 'log calls',
    rule: 'no type is asserted inside a log call (`as`, `!`); brands have a rule of their own',
    advice: 'Let the compiler see the type, by a check or by a closed list.',
  },
  'brand-given': {
    group: 'log calls',
    rule: 'no string is declared to be an id, a route or a metric (`as Id`) but where it is made',
    advice: 'Take the id from where it is made, read or parsed, and hand it on with its type.',
  },
  'request-in-log': {
    group: 'log calls',
    rule: 'nothing of an address, of headers or of a request reaches a log call but its route template',
    advice: 'Log the route template or an id instead.',
  },
  console: {
    group: 'other ways out',
    rule: 'nothing is written with `console`',
    advice: 'Use a log event, or a listed writer to the terminal.',
  },
  terminal: {
    group: 'other ways out',
    rule: 'standard output and error are used by the listed writers only',
    advice: 'Go through a listed writer, or list the file with what it writes.',
  },
  'process-warning': {
    group: 'other ways out',
    rule: 'no warning is emitted (`process.emitWarning`): Node prints its text',
    advice: 'Log an event of level WARNING.',
  },
  'inherited-stdio': {
    group: 'other ways out',
    rule: 'no child process writes to our output: `stdio: inherit`, or `fork` without `stdio`',
    advice: 'Set `stdio` to pipes, a file, or `ignore`.',
  },
  'debug-leftover': {
    group: 'other ways out',
    rule: 'no `debugger` in the source and no `.only` in a test',
    advice: 'Remove it.',
  },
  'error-text': {
    group: 'error texts',
    rule: "an error's message, stack, detail or hint is read by `opaque-error.ts` only",
    advice: 'Decide by the code or the class of the error; log it as the third argument.',
  },
  'error-as-text': {
    group: 'error texts',
    rule: 'no error is turned into text (`JSON.stringify`, `String`, a template, `inspect`)',
    advice: 'Log it as the third argument, or use `describeError`.',
  },
  'personal-column': {
    group: 'sensitive values',
    rule: 'columns that are personal or secret are named in SQL by stores only',
    advice: 'Move the statement to the store of its room.',
  },
  'reveal-purpose': {
    group: 'sensitive values',
    rule: 'every `reveal()` names its purpose as a literal, and nothing else reads the value of a `Sensitive`',
    advice: 'Call `reveal` with one of the purposes of `RevealPurpose`.',
  },
  'silent-catch': {
    group: 'caught errors',
    rule: 'an error that is swallowed has a comment that says why',
    advice: 'Say in a comment why nothing needs to be done, or log it.',
  },
  'logged-and-rethrown': {
    group: 'caught errors',
    rule: 'an error is logged once: what is logged where it is caught is not thrown on',
    advice: 'Log it at the top, where it is not thrown on.',
  },
  'two-levels': {
    group: 'levels',
    rule: 'an event has one level',
    advice: 'Give each severity an event of its own.',
  },
  'error-not-attached': {
    group: 'levels',
    rule: 'a line of level ERROR or CRITICAL carries the error it is about',
    advice: 'Pass the error as the third argument, so that its stack is on the line (R2.4).',
  },
  'error-logged-low': {
    group: 'levels',
    rule: 'a caught error is logged at WARNING at least',
    advice: 'Raise the level, or do not log what is part of normal work.',
  },
  'event-unused': {
    group: 'levels',
    rule: 'every event of the catalogue is logged somewhere',
    advice: 'Log the event, or take it out of the catalogue.',
  },
  'entry-without-context': {
    group: 'correlation',
    rule: 'every entry point opens the context of its work before it calls what was declared',
    advice: 'Call it inside `runInContext`.',
  },
  'work-without-context': {
    group: 'correlation',
    rule: 'every job and every audit event is reached from an entry point that opened a context',
    advice: 'Open a context in the entry point that leads there.',
  },
  'metric-missing': {
    group: 'metrics',
    rule: 'every required metric is defined',
    advice: 'Define it in the `metrics.ts` of its room.',
  },
  'metric-differs': {
    group: 'metrics',
    rule: 'every required metric has the required type, labels and label values',
    advice: "Give it the required form: operators' dashboards hold these names.",
  },
} as const satisfies Record<string, { group: string; rule: string; advice: string }>

export type FindingKind = keyof typeof FINDING_KINDS

export type Finding = {
  readonly kind: FindingKind
  readonly place: Place
  /** The function, or `(module)`. */
  readonly within: string
  /** What was found there, in words that do not change when the lines above do. */
  readonly subject: string
}

export function findingAt(project: Project, kind: FindingKind, node: ts.Node, subject?: string): Finding {
  return {
    kind,
    place: placeOf(project, node),
    within: functionAround(node),
    subject: subject ?? excerptOf(node),
  }
}

const LONGEST_EXCERPT = 60

/** The beginning of the code, on one line. */
export function excerptOf(node: ts.Node): string {
  const text = node.getText().replace(/\s+/g, ' ')
  return text.length > LONGEST_EXCERPT ? `${text.slice(0, LONGEST_EXCERPT - 1)}…` : text
}
