import { relative, resolve, sep } from 'node:path'
import { z } from 'zod'
import { AppError } from './errors.ts'
import { connection, count, digits, logOrigin, port, proxies, seconds, witnesses } from './setting-values.ts'
import { HOUR, MEBIBYTE } from './units.ts'

const ENVIRONMENT = z.object({
  /** Folder of the embedded database, the blobs and the logs. */
  PARAPH_DATA: z.string().min(1).optional(),
  /** Folder of the keys; by default beside the data folder, never inside it. */
  PARAPH_KEYS: z.string().min(1).optional(),
  /** Connection of the application's login to an external PostgreSQL ≥ 15. */
  DATABASE_URL: connection.optional(),
  /** Connection of the login that owns the tables, used by `paraph migrate`. */
  DATABASE_MIGRATE_URL: connection.optional(),
  /** Connection of the login that puts the audit log in order; for the worker alone. */
  DATABASE_INTEGRATOR_URL: connection.optional(),
  /** Connection of the login that makes the audit log forget; for the command that erases alone. */
  DATABASE_ERASER_URL: connection.optional(),
  PARAPH_HOST: z.string().min(1).default('127.0.0.1'),
  PARAPH_PORT: port.optional(),
  /** The api's metrics port; the worker takes the next one, a witness the one after that. */
  PARAPH_METRICS_PORT: port.pipe(z.number().max(65_533)).optional(),
  /** Where metrics listen; elsewhere than on this machine only with a token. */
  PARAPH_METRICS_HOST: z.string().min(1).default('127.0.0.1'),
  PARAPH_METRICS_TOKEN: z.string().min(16).optional(),
  /** What browsers call us, such as https://paraph.example.org; guards state changes against foreign origins. */
  PARAPH_ORIGIN: z.url({ protocol: /^https?$/ }).optional(),
  /** Where commands that ask a server find it; by default the one on this machine. */
  PARAPH_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Proxies that tell the truth about who is behind them (X-Forwarded-For); nobody else's word counts. */
  PARAPH_TRUSTED_PROXY: proxies.default([]),
  PARAPH_SIGN_IN_LIMIT: count.default(100),
  PARAPH_REQUEST_LIMIT: count.default(3_000),
  /** JSON in files, JSON on standard output (containers), or lines for a person on standard output (development). */
  PARAPH_LOG: z.enum(['files', 'stdout', 'pretty']).default('files'),
  PARAPH_LOG_DEBUG: z.stringbool().default(false),
  /** Name under which the audit log is published, such as paraph.example.org/log; the log keeps its first one. */
  PARAPH_LOG_ORIGIN: logOrigin.optional(),
  /** Whether checkpoint and hash tiles of the audit log are for everybody, or for auditors and witnesses only. */
  PARAPH_TLOG_PUBLIC: z.stringbool().default(false),
  /** Who cosigns the checkpoints of the audit log: `<url> <vkey>` for each, between commas. */
  PARAPH_WITNESSES: witnesses.default([]),
  /** Port of `paraph audit witness`. */
  PARAPH_WITNESS_PORT: port.optional(),
  /** For tests: a file that tells where to kill a process. */
  PARAPH_FAULT_FILE: z.string().min(1).optional(),
  /** Set by `paraph start` for the processes it looks after. */
  PARAPH_SUPERVISED: z.stringbool().default(false),
  /** How long the parts of an upload are kept, for the rest to follow. */
  PARAPH_UPLOAD_HOURS: digits.pipe(z.coerce.number<string>().positive().max(720)).default(48),
  /** Room on the disk that no upload may take. */
  PARAPH_DISK_RESERVE_MIB: digits.pipe(z.coerce.number<string>().int().max(1_000_000_000)).default(1_024),
  PARAPH_LOCK_SECONDS: seconds.default(1_800),
  PARAPH_RETRY_SECONDS: digits.pipe(z.coerce.number<string>().int().min(1).max(3_600)).default(2),
  PARAPH_PAGE_TIMEOUT_SECONDS: seconds.default(20),
  PARAPH_DOCUMENT_TIMEOUT_SECONDS: seconds.default(600),
})

export type Config = {
  readonly dataDirectory: string
  readonly keysDirectory: string
  readonly blobsDirectory: string
  readonly logsDirectory: string
  readonly workDirectory: string
  /** What has arrived of uploads that are not whole. */
  readonly uploadsDirectory: string
  /** The published audit log: checkpoint and tiles. */
  readonly tlogDirectory: string
  readonly databaseUrl: string | undefined
  readonly migrateUrl: string | undefined
  readonly integratorUrl: string | undefined
  readonly eraserUrl: string | undefined
  readonly host: string
  readonly port: number
  /** Whether the person chose the port, or the default may give way to a free one. */
  readonly portChosen: boolean
  readonly metricsPort: number
  readonly metricsPortChosen: boolean
  readonly metricsHost: string
  /** Bearer token that a scrape must show; none is needed on this machine. */
  readonly metricsToken: string | undefined
  readonly origin: string | undefined
  /** Where commands that ask a server find it. */
  readonly serverUrl: string
  readonly trustedProxies: readonly string[]
  /** Tries to sign in from one client address, in ten minutes. */
  readonly signInLimit: number
  /** Requests of one account, or of one address that is not signed in, in a minute. */
  readonly requestLimit: number
  readonly logTo: 'files' | 'stdout' | 'pretty'
  readonly logDebug: boolean
  /** Name of the audit log; undefined leaves it to the log's key. */
  readonly logOrigin: string | undefined
  readonly tlogIsPublic: boolean
  /** Who cosigns checkpoints, each with the text form of its key. */
  readonly witnesses: readonly { readonly url: string; readonly vkey: string }[]
  readonly witnessPort: number
  readonly witnessPortChosen: boolean
  readonly faultFile: string | undefined
  readonly isSupervised: boolean
  readonly uploadLifetimeMs: number
  readonly diskReserveBytes: number
  readonly lockSeconds: number
  /** Delay before the second attempt of a job; it doubles for the third. */
  readonly retrySeconds: number
  readonly pageTimeoutMs: number
  readonly documentTimeoutMs: number
}

const DEFAULT_PORT = 3_000
const DEFAULT_METRICS_PORT = 9_464
const DEFAULT_WITNESS_PORT = 9_470

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/

/**
 * Reads and checks the settings, the only place that reads the environment.
 * Throws `invalid-settings`, which names the bad variables and never their values.
 */
export function loadConfig(
  defaults: { dataDirectory?: string } = {},
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Config {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const parsed = ENVIRONMENT.safeParse(present)
  if (!parsed.success) {
    const names = [...new Set(parsed.error.issues.map((issue) => String(issue.path[0])))]
    throw new AppError('invalid-settings', {
      title: `These settings have a wrong value: ${names.join(', ')}.`,
    })
  }
  const settings = parsed.data
  if (!LOOPBACK.test(settings.PARAPH_METRICS_HOST) && !settings.PARAPH_METRICS_TOKEN) {
    throw new AppError('invalid-settings', {
      title: 'Metrics that listen elsewhere than on this machine need a token: set PARAPH_METRICS_TOKEN.',
    })
  }
  const server = settings.PARAPH_URL && new URL(settings.PARAPH_URL)
  if (server && server.protocol === 'http:' && !LOOPBACK.test(server.hostname)) {
    throw new AppError('invalid-settings', {
      title: 'A password only goes to another machine under https: PARAPH_URL.',
    })
  }
  const dataDirectory = resolve(settings.PARAPH_DATA ?? defaults.dataDirectory ?? 'data')
  const keysDirectory = resolve(settings.PARAPH_KEYS ?? `${dataDirectory}-keys`)
  if (isInside(dataDirectory, keysDirectory)) {
    throw new AppError('invalid-settings', {
      title:
        'The folder of keys (PARAPH_KEYS) must not lie in the data folder: a backup of the data would hold it.',
    })
  }
  return {
    dataDirectory,
    keysDirectory,
    blobsDirectory: resolve(dataDirectory, 'blobs'),
    logsDirectory: resolve(dataDirectory, 'logs'),
    workDirectory: resolve(dataDirectory, 'work'),
    uploadsDirectory: resolve(dataDirectory, 'work', 'uploads'),
    tlogDirectory: resolve(dataDirectory, 'tlog'),
    databaseUrl: settings.DATABASE_URL,
    migrateUrl: settings.DATABASE_MIGRATE_URL,
    integratorUrl: settings.DATABASE_INTEGRATOR_URL,
    eraserUrl: settings.DATABASE_ERASER_URL,
    host: settings.PARAPH_HOST,
    port: settings.PARAPH_PORT ?? DEFAULT_PORT,
    portChosen: settings.PARAPH_PORT !== undefined,
    metricsPort: settings.PARAPH_METRICS_PORT ?? DEFAULT_METRICS_PORT,
    metricsPortChosen: settings.PARAPH_METRICS_PORT !== undefined,
    metricsHost: settings.PARAPH_METRICS_HOST,
    metricsToken: settings.PARAPH_METRICS_TOKEN,
    origin: settings.PARAPH_ORIGIN,
    serverUrl: settings.PARAPH_URL ?? `http://127.0.0.1:${settings.PARAPH_PORT ?? DEFAULT_PORT}`,
    trustedProxies: settings.PARAPH_TRUSTED_PROXY,
    signInLimit: settings.PARAPH_SIGN_IN_LIMIT,
    requestLimit: settings.PARAPH_REQUEST_LIMIT,
    logTo: settings.PARAPH_LOG,
    logDebug: settings.PARAPH_LOG_DEBUG,
    logOrigin: settings.PARAPH_LOG_ORIGIN,
    tlogIsPublic: settings.PARAPH_TLOG_PUBLIC,
    witnesses: settings.PARAPH_WITNESSES,
    witnessPort: settings.PARAPH_WITNESS_PORT ?? DEFAULT_WITNESS_PORT,
    witnessPortChosen: settings.PARAPH_WITNESS_PORT !== undefined,
    faultFile: settings.PARAPH_FAULT_FILE,
    isSupervised: settings.PARAPH_SUPERVISED,
    uploadLifetimeMs: settings.PARAPH_UPLOAD_HOURS * HOUR,
    diskReserveBytes: settings.PARAPH_DISK_RESERVE_MIB * MEBIBYTE,
    lockSeconds: settings.PARAPH_LOCK_SECONDS,
    retrySeconds: settings.PARAPH_RETRY_SECONDS,
    pageTimeoutMs: settings.PARAPH_PAGE_TIMEOUT_SECONDS * 1_000,
    documentTimeoutMs: settings.PARAPH_DOCUMENT_TIMEOUT_SECONDS * 1_000,
  }
}

function isInside(folder: string, path: string): boolean {
  const [first] = relative(folder, path).split(sep)
  return first !== '..'
}

/** Connections that a child process has only when it is given them. */
const NOT_INHERITED = {
  DATABASE_MIGRATE_URL: undefined,
  DATABASE_INTEGRATOR_URL: undefined,
  DATABASE_ERASER_URL: undefined,
} as const satisfies Partial<Record<keyof typeof ENVIRONMENT.shape, undefined>>

/**
 * The environment of a child process of `paraph start`: ours, with the settings that were decided meanwhile, and
 * without the logins that are not meant for it.
 */
export function childEnvironment(settings: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
  return { ...process.env, ...NOT_INHERITED, ...settings }
}

/** Which settings somebody has chosen, without their values. */
export function describeSettings(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Readonly<Record<string, 'set' | 'default'>> {
  const names = Object.keys(ENVIRONMENT.shape)
  return Object.fromEntries(names.map((name) => [name, environment[name] ? 'set' : 'default']))
}

/** Where the person was when npm was called; npm runs scripts from the package's folder. */
export function callerDirectory(): string {
  return (process.env['npm_lifecycle_event'] && process.env['INIT_CWD']) || process.cwd()
}
