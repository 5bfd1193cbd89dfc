import type { Analysis } from './analysis.ts'
import type { Catch } from './catches.ts'
import type { Deed } from './handler-outcome.ts'
import type { LogCall } from './log-calls.ts'
import { code, codes, count, groupBy, placeIn, table } from './markdown.ts'
import { roomOf } from './place.ts'

/** Section 1: every log call, every field, every caught error. */
export function writeLoggingState({ calls, fields, catches }: Analysis): string {
  return `## 1. Current logging state

### Log calls

A line holds what the call names, and what the context adds by itself: time, level, logger, event, request id, trace id,
user, job, copy and exam, as opaque ids. _Internal_ fields are ids; _public_ ones are counts, times and closed words.
_Error_: whether the call hands over the error it is about, of which class, code and stack frames are written, and
never a message.

${groupBy(calls, ({ place }) => roomOf(place.file))
  .map(
    ([room, ofRoom]) =>
      `#### ${room}: ${count(ofRoom.length, 'call')}\n\n${tableOfCalls(room, ofRoom, fields)}`,
  )
  .join('\n\n')}

### Fields

The registry of \`src/observability/fields.ts\`. A value that does not fit its shape is written as \`[dropped]\` and
counted. There is no field for free text, and no class for what is personal.

${table(
  ['field', 'class', 'shape', 'log calls'],
  [...fields].map(([name, { privacy, shape }]) => [
    code(name),
    privacy,
    shape,
    String(calls.filter((call) => call.fields.has(name)).length || '–'),
  ]),
)}

### Caught errors

${explainDeeds(catches)}

${groupBy(catches, ({ place }) => roomOf(place.file))
  .map(
    ([room, ofRoom]) => `#### ${room}: ${count(ofRoom.length, 'place')}\n\n${tableOfCatches(room, ofRoom)}`,
  )
  .join('\n\n')}
`
}

function tableOfCalls(room: string, calls: readonly LogCall[], fields: Analysis['fields']): string {
  const ofClass = (call: LogCall, privacy: string) =>
    [...call.fields.keys()].filter((name) => fields.get(name)?.privacy === privacy).join(', ')
  return table(
    ['place', 'logger', 'level', 'event', 'internal fields', 'public fields', 'error'],
    calls.map((call) => [
      placeIn(room, call.place),
      call.logger ?? '?',
      call.levels.join(' or '),
      codes(call.events),
      ofClass(call, 'internal') || '–',
      ofClass(call, 'public') || '–',
      call.error === 'none' ? '–' : call.error,
    ]),
  )
}

const DEEDS: Readonly<Record<Deed, string>> = {
  logs: 'writes a line, itself or in a function of ours that it calls',
  compensates: 'does something instead: cleans up, tries another way, answers, says so on the terminal',
  translates: 'throws an error of ours in its place',
  rethrows: 'throws it on, always or unless it is one that was expected',
  'hands on': 'gives it, or what it tells, to the code that goes on',
  'lets one pass': 'goes on after the one error it expects, and throws the others on',
  swallows: 'goes on as if nothing had happened; the comment that says why is shown',
}

function explainDeeds(catches: readonly Catch[]): string {
  return table(
    ['what is done', 'means', 'places'],
    Object.entries(DEEDS).map(([deed, meaning]) => [
      deed,
      meaning,
      String(catches.filter(({ deeds }) => deeds.includes(deed as Deed)).length),
    ]),
  )
}

const LONGEST_REASON = 100

function tableOfCatches(room: string, catches: readonly Catch[]): string {
  return table(
    ['place', 'form', 'what is done', 'why'],
    catches.map(({ place, form, deeds, reason }) => [
      placeIn(room, place),
      code(form),
      deeds.join(', '),
      deeds.includes('swallows') ? shorten(reason ?? '**no reason given**') : '',
    ]),
  )
}

function shorten(text: string): string {
  return text.length > LONGEST_REASON ? `${text.slice(0, LONGEST_REASON - 1)}…` : text
}
