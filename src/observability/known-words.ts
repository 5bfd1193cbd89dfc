import { readFileSync } from 'node:fs'

/** Words that a foreign error may bring into a log line: a class, a table or a system call can be named after data. */

/** Classes of the language, of ours, and of the libraries whose errors a log is read for. */
export const ERROR_CLASSES: ReadonlySet<unknown> = new Set([
  ...Object.getOwnPropertyNames(globalThis).filter((name) => /^[A-Z][A-Za-z]*(Error|Exception)$/.test(name)),
  ...words(`AppError DatabaseError ZodError FastifyError APIError BetterAuthError CommanderError SystemError
    HTTPParserError SocketError ConnectTimeoutError RequestAbortedError DirectoryNotPrivate TlogError`),
])

/** What Node calls the work that an error of the system comes from. */
export const SYSTEM_CALLS: ReadonlySet<unknown> = new Set(
  words(`accept access bind chdir chmod chown close connect copyfile cp dlopen fchmod fchown fdatasync fork fstat fsync
    ftruncate futime getaddrinfo kill lchown link listen lstat lutime mkdir mkdtemp open opendir pipe read readdir
    readlink realpath recv rename rm rmdir scandir send setpriority shutdown spawn stat statfs symlink truncate unlink
    utime watch write`),
)

function words(text: string): readonly string[] {
  return text.split(/\s+/)
}

let schemaWords: ReadonlySet<string> | undefined

/** Whether our own schema has a table or a constraint of that name (`db/schema.sql`, which a test keeps true). */
export function isSchemaName(word: unknown): boolean {
  schemaWords ??= readSchemaWords()
  return typeof word === 'string' && schemaWords.has(word)
}

function readSchemaWords(): ReadonlySet<string> {
  try {
    return new Set(readFileSync(new URL('../../db/schema.sql', import.meta.url), 'utf8').match(/\w+/g))
  } catch {
    // An installation without the file names no table.
    return new Set()
  }
}
