// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the snippets are sources

import { join, resolve } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

/** Where the snippets stand: a file that exists only in the compiler's memory, in a room that may log. */
const FILE = join(ROOT, 'src/marking/snippet.ts')
const AROUND = `
import { log } from '../observability/log.ts'
import { Sensitive } from '../observability/sensitive.ts'
import { newId } from '../platform/ids.ts'
import { AppError } from '../platform/errors.ts'
declare const name: string
declare const request: { url: string; headers: Record<string, string> }
declare const failure: Error
const email = new Sensitive('somebody@example.org')
const copyId = newId()
`

/** What must not compile, by what a hurried developer would write. */
const REFUSED = {
  'a sensitive value in a field of ids': "log.app.info('lock.taken', { 'copy.id': email })",
  'a sensitive value in a field of numbers': "log.app.info('import.completed', { pages: new Sensitive(3) })",
  'a sensitive value as an event': 'log.app.info(email)',
  'a sensitive value as the fields': "log.app.info('lock.taken', email)",
  'a sensitive value, printed': "log.app.info('lock.taken', { 'copy.id': String(email) })",
  'a free string in a field of ids': "log.app.info('lock.taken', { 'copy.id': name })",
  'a literal in a field of ids': "log.app.info('lock.taken', { 'copy.id': 'Zoe Marqueur' })",
  'a free string as the code of an error': "log.app.error('http.failed', { 'error.code': name })",
  'a word that is no code': "log.app.error('http.failed', { 'error.code': 'zoe-marqueur' })",
  'a free string as a queue': "log.jobs.info('job.run', { 'job.queue': name })",
  'a free string as a task': "log.jobs.info('job.run', { 'task.name': name })",
  'a free string as a route': "log.http.info('http.request', { 'http.route': name })",
  'the URL of a request as a route': "log.http.info('http.request', { 'http.route': request.url })",
  'a free string as a method': "log.http.info('http.request', { 'http.request.method': name })",
  'a free string as the name of a metric':
    "log.metrics.error('metrics.record-failed', { 'metric.name': name })",
  'a free string as an action': "log.audit.info('audit.appended', { 'audit.action': name })",
  'a free string as a version': "log.app.info('process.started', { 'service.version': name })",
  'a free string as what happened at sign-in': "log.security.info('session.refused', { 'auth.event': name })",
  'a template literal in a field of ids': "log.app.info('lock.taken', { 'copy.id': `${name}` })",
  'a template literal in the form of an id':
    "log.app.info('lock.taken', { 'copy.id': `${name}-0000-0000-0000-000000000000` })",
  'a template literal in the form of a version':
    "log.app.info('process.started', { 'service.version': `${name}.0.0` })",
  'a template literal in the form of an action':
    "log.audit.info('audit.appended', { 'audit.action': `READ_${name}` })",
  'a template literal as an event': 'log.app.info(`session.opened ${name}`)',
  'a free string as an event': 'log.app.info(name)',
  'a literal that is no event': "log.app.info('something happened')",
  'a field that nobody registered': "log.app.info('lock.taken', { name })",
  'a field that nobody registered, beside a good one':
    "log.app.info('lock.taken', { 'copy.id': copyId, message: 'all well' })",
  'what only the description of an error may say': "log.app.info('lock.taken', { 'db.constraint': name })",
  'the message of an error': "log.app.error('http.failed', { 'error.code': failure.message })",
  'the headers of a request': "log.app.info('http.request', request.headers)",
  'a row with more than it shows': "const row = { 'copy.id': copyId, name }\nlog.app.info('lock.taken', row)",
  'an array of people': "log.app.info('lock.taken', { 'copy.id': [name] })",
  'a nested object': "log.app.info('lock.taken', { 'copy.id': { id: copyId } })",
  'a format string with an argument': "log.app.info('lock.taken %s', name)",
  'a logger with bindings of its own': 'log.app.child({ name })',
  'a logger of another name': "log.console.info('lock.taken')",
  'the head of a line': "log.app.info('lock.taken', { request_id: name })",
  'a made-up code of an error of ours': 'throw new AppError(name, { title: name })',
  'a free string in what an error says of itself':
    "throw new AppError('internal', { title: '', logContext: { 'copy.id': name } })",
  'an unregistered member in what an error says of itself':
    "throw new AppError('internal', { title: '', logContext: { name } })",
} as const

/** What must go on compiling, so that the refusals above are not all one broken import. */
const ACCEPTED = {
  'an id that was made by us': "log.app.info('lock.taken', { 'copy.id': copyId })",
  'counts and closed words':
    "log.jobs.info('job.run', { pages: 3, 'job.outcome': 'retry', 'job.queue': 'import-batch-lost' })",
  'an error, which is described': "log.app.error('http.failed', { 'error.code': 'internal' }, failure)",
  'nothing but the event': "log.app.info('process.started')",
  'an action': "log.audit.info('audit.appended', { 'audit.action': 'READ' })",
  'an error that names a copy':
    "throw new AppError('not-found', { title: '', logContext: { 'copy.id': copyId } })",
} as const

/** Compiles each snippet as a file of its own with the settings of the project; the messages of each, by its name. */
function compile(snippets: Readonly<Record<string, string>>): ReadonlyMap<string, readonly string[]> {
  const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT)
  const files = new Map(
    Object.values(snippets).map((code, index) => [
      FILE.replace('.ts', `-${index}.ts`),
      `${AROUND}export function run() {\n${code}\n}\n`,
    ]),
  )
  const host = ts.createCompilerHost({ ...options, incremental: false })
  const { getSourceFile, fileExists } = host
  host.fileExists = (name) => files.has(name) || fileExists(name)
  host.getSourceFile = (name, ...rest) => {
    const text = files.get(name)
    return text === undefined ? getSourceFile(name, ...rest) : ts.createSourceFile(name, text, rest[0])
  }
  const { tsBuildInfoFile: _, incremental: __, ...plain } = options
  const program = ts.createProgram([...files.keys()], plain, host)
  return new Map(
    Object.keys(snippets).map((title, index) => {
      const source = program.getSourceFile([...files.keys()][index] ?? '')
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
      return [title, found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))]
    }),
  )
}

describe('the log', () => {
  const results = compile({ ...REFUSED, ...ACCEPTED })

  it.each(Object.keys(REFUSED))('does not compile with %s', (title) => {
    expect(results.get(title)).not.toEqual([])
  })

  it.each(Object.keys(ACCEPTED))('compiles with %s', (title) => {
    expect(results.get(title)).toEqual([])
  })
})
