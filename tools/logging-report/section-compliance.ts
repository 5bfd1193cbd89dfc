import type { Analysis } from './analysis.ts'
import type { Correlation } from './correlation.ts'
import type { EventUse } from './levels.ts'
import { code, codes, table } from './markdown.ts'
import { showPlace } from './place.ts'

/** Section 3: the level of each event. */
export function writeLevelCompliance({ events }: Analysis): string {
  return `## 3. Log level compliance

INFO is a normal fact of the work, WARNING something that mends itself, ERROR something to look into, CRITICAL something
that needs a person now (R2.3). Lines of ERROR and CRITICAL carry the error they are about (R2.4).

${table(
  ['event', 'level', 'log calls', 'with the error'],
  events.map((use) => [
    code(use.event),
    use.levels.join(', ') || '–',
    String(use.calls.length || '–'),
    withError(use),
  ]),
)}
`
}

function withError({ calls }: EventUse): string {
  const words = [...new Set(calls.map(({ error }) => error))]
  if (words.length > 1) return `${calls.filter(({ error }) => error !== 'none').length} of ${calls.length}`
  const [word = 'none'] = words
  return { attached: 'yes', 'if any': 'if any', none: '–' }[word]
}

/** Section 4: that every piece of work has a request id from its beginning. */
export function writeCorrelationCoverage({ correlation, paths }: Analysis): string {
  const { triggers } = correlation
  return `## 4. Request correlation coverage

### Where work begins

Rooms declare handlers; the frame, the queue and the sweeper call them. _In a context_: the call stands inside the
opening of a context, so that every line, job and event of the handler has the request id.

${table(['handler', 'declared', 'called at', 'in a context'], rowsOfDispatches(correlation))}

### The HTTP frame

What the server does with a request besides calling routes. What does not open the context itself runs in the one that
\`onRequest\` opened.

${table(
  ['what', 'place', 'context'],
  correlation.hooks.map(({ name, place, opens }) => [
    code(name),
    code(showPlace(place)),
    opens ? 'opens it' : 'that of the request',
  ]),
)}

### Commands

A command that records something opens a context of its own, or starts the processes that open one for each piece of
work. One that records nothing needs none.

${table(
  ['command', 'place', 'opens a context'],
  correlation.commands.map(({ name, place, opens }) => [
    code(name),
    code(showPlace(place)),
    opens ? 'yes' : 'no: it records nothing itself',
  ]),
)}

### Jobs and audit events

Every place that enqueues a job or appends an event, and the handlers and functions with a context from which it is
reached, found by following all calls backwards. \`…\`: the caller chooses the action.

${table(
  ['what', 'place', 'function', 'where the context begins'],
  triggers.map(({ kind, what, place, within, reachedFrom, uncovered }) => [
    `${kind} ${code(what)}`,
    code(showPlace(place)),
    code(within),
    [...reachedFrom, ...uncovered.map((root) => `**none, from ${root}**`)].join(', '),
  ]),
)}

### Openings

${table(
  ['place', 'function', 'opens with'],
  paths.openings.map(({ place, within, by }) => [code(showPlace(place)), code(within), code(by)]),
)}
`
}

function rowsOfDispatches({ declared, dispatches }: Correlation): string[][] {
  return [...declared].map(([handler, number]) => {
    const calls = dispatches.filter((dispatch) => dispatch.handler === handler)
    return [
      handler,
      String(number),
      codes(calls.map(({ place }) => showPlace(place))),
      calls.length > 0 && calls.every(({ isInContext }) => isInContext) ? 'yes' : '**no**',
    ]
  })
}

const NAMES_SHOWN = 2

/** Section 5: the metrics that the requirements ask for, and all that there are. */
export function writeMetricsCoverage({ metrics, coverage }: Analysis): string {
  return `## 5. Metrics coverage

### Required

${table(
  ['required', 'present as', 'in the required form'],
  coverage.map(({ required, met, difference }) => [
    required,
    codes(met.slice(0, NAMES_SHOWN)) +
      (met.length > NAMES_SHOWN ? ` and ${met.length - NAMES_SHOWN} more` : ''),
    met.length === 0 ? '**missing**' : (difference ?? 'yes'),
  ]),
)}

### Defined

_Process_: which process shows it; \`sweeper\` is the worker that speaks for the database. The number behind a label is
that of its values; without one, the application declares them when it starts (route templates).

${table(
  ['metric', 'type', 'process', 'labels', 'defined at'],
  metrics.map(({ name, type, exposedBy, labels, place }) => [
    code(name),
    type,
    exposedBy,
    [...labels].map(([label, values]) => (values ? `${label} (${values.length})` : label)).join(', ') || '–',
    code(showPlace(place)),
  ]),
)}
`
}
