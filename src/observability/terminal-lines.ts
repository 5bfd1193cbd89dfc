import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]
const STYLE_OF_LEVEL: Readonly<Record<string, Style>> = {
  DEBUG: 'gray',
  INFO: 'green',
  WARNING: 'yellow',
  ERROR: 'red',
  CRITICAL: ['bold', 'inverse', 'red'],
}

/** What is clear without its name; it comes first, in this order. */
const BARE = ['http.request.method', 'http.route', 'http.response.status_code', 'duration_ms']
/** What the eye looks for last. */
const LAST: Readonly<Record<string, string>> = { request_id: 'request', trace_id: 'trace', user_id: 'user' }

/**
 * A written log line for the eyes of a developer: `12:03:04.123 INFO http http.request GET /api/exams 200 3.2 ms …`,
 * a stack below it. It knows nothing but the line, which has passed the allow-list. Colours appear where `stream` is a
 * terminal that has them, and nobody objects (`NO_COLOR`).
 */
export function formatForTerminal(line: string, stream: NodeJS.WritableStream): string {
  const { time, level, severity_number: _, logger, event, ...rest } = JSON.parse(line)
  const { 'exception.stacktrace': stack, ...fields } = rest
  const paint = (style: Style, text: string) => styleText(style, text, { stream })
  const named = (name: string, label = name) => paint('dim', `${label}=${textOf(fields[name])}`)
  const isThere = (name: string) => name in fields
  const words = [
    paint('dim', time.slice(11, 23)),
    paint(STYLE_OF_LEVEL[level] ?? 'reset', level),
    logger,
    paint('bold', event),
    ...BARE.filter(isThere).map((name) => (name === 'duration_ms' ? `${fields[name]} ms` : fields[name])),
    ...Object.keys(fields)
      .filter((name) => !BARE.includes(name) && !(name in LAST))
      .map((name) => named(name)),
    ...Object.keys(LAST)
      .filter(isThere)
      .map((name) => named(name, LAST[name])),
  ]
  const frames = stack === undefined ? [] : [stack].flat().map((frame) => paint('dim', `    at ${frame}`))
  return `${[words.join(' '), ...frames].join('\n')}\n`
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
