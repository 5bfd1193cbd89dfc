/** SQLSTATE classes 08 and 57P, and too many connections; a message that the server does not understand (08P01) is our fault. */
const lostStates = /^(08(?!P01)|57P)[0-9A-Z]{2,3}$|^53300$/

const unreachable: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
])

/** Sentences of node-postgres, which have no code. */
const sentences: ReadonlySet<string> = new Set([
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error and is not queryable',
])

/** Whether an error says that the database went away or cannot be reached, and nothing of what was asked of it. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, syscall, path } = error as NodeJS.ErrnoException
  // The socket file of a stopped server is gone.
  if (code === 'ENOENT') return syscall === 'connect'
  // A file on a network that went away.
  if (path !== undefined && syscall !== 'connect') return false
  if (typeof code === 'string') return lostStates.test(code) || unreachable.has(code)
  return sentences.has(error.message)
}
