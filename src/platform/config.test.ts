import { resolve } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { callerDirectory, childEnvironment, loadConfig } from './config.ts'

const MARKER = 'marqueur-secret'
/** The second has a plus in its material, as base64 may. */
const VKEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const OTHER_VKEY = 'witness.example.org/w1+1be7fd1f+BHjp6keEDrml1I8zvUUwko8UMMxWv9p7/LBRI+biehG+'
afterEach(() => vi.unstubAllEnvs())

test('without any setting everything has a default, and nothing listens beyond this machine', () => {
  expect(loadConfig({}, {})).toEqual({
    dataDirectory: resolve('data'),
    keysDirectory: resolve('data-keys'),
    blobsDirectory: resolve('data/blobs'),
    logsDirectory: resolve('data/logs'),
    workDirectory: resolve('data/work'),
    tlogDirectory: resolve('data/tlog'),
    databaseUrl: undefined,
    migrateUrl: undefined,
    integratorUrl: undefined,
    eraserUrl: undefined,
    host: '127.0.0.1',
    port: 3_000,
    portChosen: false,
    metricsHost: '127.0.0.1',
    metricsPort: 9_464,
    metricsPortChosen: false,
    metricsToken: undefined,
    origin: undefined,
    trustedProxies: [],
    signInLimit: 100,
    requestLimit: 3_000,
    logTo: 'files',
    logDebug: false,
    logOrigin: undefined,
    tlogIsPublic: false,
    witnesses: [],
    witnessPort: 9_470,
    witnessPortChosen: false,
    faultFile: undefined,
    isSupervised: false,
    lockSeconds: 1_800,
    retrySeconds: 2,
    serverUrl: 'http://127.0.0.1:3000',
    uploadsDirectory: resolve('data/work/uploads'),
    uploadLifetimeMs: 172_800_000,
    diskReserveBytes: 1_073_741_824,
    pageTimeoutMs: 20_000,
    documentTimeoutMs: 600_000,
  })
})

test('what a person set counts, and a variable that is empty is one that is not set', () => {
  const config = loadConfig(
    { dataDirectory: '/elsewhere' },
    {
      PARAPH_DATA: '/srv/paraph',
      PARAPH_KEYS: '',
      DATABASE_URL: 'postgresql://app@db.example.org:5432/paraph',
      DATABASE_MIGRATE_URL: '',
      DATABASE_INTEGRATOR_URL: 'postgres://integrator@db.example.org/paraph',
      DATABASE_ERASER_URL: 'postgres://eraser@db.example.org/paraph',
      PARAPH_HOST: '0.0.0.0',
      PARAPH_PORT: '0',
      PARAPH_METRICS_PORT: '9000',
      PARAPH_ORIGIN: 'https://paraph.example.org',
      PARAPH_TRUSTED_PROXY: 'loopback, 10.1.2.3,192.168.0.0/16,fd00::/8',
      PARAPH_SIGN_IN_LIMIT: '20',
      PARAPH_LOG: 'stdout',
      PARAPH_LOG_DEBUG: 'true',
      PARAPH_LOG_ORIGIN: 'paraph.example.org/log',
      PARAPH_TLOG_PUBLIC: 'true',
      PARAPH_WITNESSES: `https://witness.example.org ${VKEY},http://10.1.2.3:9470/w  ${OTHER_VKEY}`,
      PARAPH_WITNESS_PORT: '0',
      PARAPH_SUPERVISED: '1',
      PARAPH_LOCK_SECONDS: '0.5',
      PARAPH_RETRY_SECONDS: '60',
      PARAPH_PAGE_TIMEOUT_SECONDS: '1.5',
    },
  )
  expect(config).toMatchObject({
    dataDirectory: '/srv/paraph',
    keysDirectory: '/srv/paraph-keys',
    databaseUrl: 'postgresql://app@db.example.org:5432/paraph',
    migrateUrl: undefined,
    integratorUrl: 'postgres://integrator@db.example.org/paraph',
    eraserUrl: 'postgres://eraser@db.example.org/paraph',
    host: '0.0.0.0',
    port: 0,
    portChosen: true,
    metricsPort: 9_000,
    metricsPortChosen: true,
    origin: 'https://paraph.example.org',
    trustedProxies: ['loopback', '10.1.2.3', '192.168.0.0/16', 'fd00::/8'],
    signInLimit: 20,
    logTo: 'stdout',
    logDebug: true,
    logOrigin: 'paraph.example.org/log',
    tlogIsPublic: true,
    witnesses: [
      { url: 'https://witness.example.org', vkey: VKEY },
      { url: 'http://10.1.2.3:9470/w', vkey: OTHER_VKEY },
    ],
    witnessPort: 0,
    witnessPortChosen: true,
    isSupervised: true,
    lockSeconds: 0.5,
    retrySeconds: 60,
    pageTimeoutMs: 1_500,
  })
})

describe.each([
  ['PARAPH_PORT', [MARKER, '-1', '65536', '80.5', ' ']],
  ['PARAPH_METRICS_PORT', [MARKER, '65536', ' ']],
  [
    'PARAPH_ORIGIN',
    [MARKER, `mailto:${MARKER}@example.org`, `data:text/plain,${MARKER}`, `file:///${MARKER}`],
  ],
  ['DATABASE_URL', [MARKER, `mysql://${MARKER}@db/paraph`, `https://${MARKER}`]],
  ['DATABASE_MIGRATE_URL', [`${MARKER}:5432`]],
  ['DATABASE_INTEGRATOR_URL', [`${MARKER}:5432`]],
  ['DATABASE_ERASER_URL', [`${MARKER}:5432`]],
  ['PARAPH_TRUSTED_PROXY', [MARKER, 'loopback,', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.0/', '*', 'true']],
  ['PARAPH_SIGN_IN_LIMIT', [MARKER, '0', '1.5']],
  ['PARAPH_REQUEST_LIMIT', [MARKER, '0', '1000001']],
  ['PARAPH_LOG', [MARKER, 'syslog']],
  ['PARAPH_LOG_DEBUG', [MARKER, '2']],
  [
    'PARAPH_LOG_ORIGIN',
    [
      'ab',
      'x'.repeat(201),
      `https://${MARKER}/log`,
      ...[' ', '\n', '\t', '\u0085', '\u00a0', '+', '\u0000'].map((c) => MARKER + c + MARKER),
    ],
  ],
  ['PARAPH_TLOG_PUBLIC', [MARKER]],
  [
    'PARAPH_WITNESSES',
    [
      MARKER,
      `https://${MARKER}.example.org`,
      `${VKEY} https://${MARKER}.example.org`,
      `ftp://${MARKER}.example.org ${VKEY}`,
      `https://${MARKER}.example.org ${VKEY},`,
      `https://${MARKER}.example.org ${VKEY} ${VKEY}`,
      `https://${MARKER}.example.org ${VKEY.replace('c74f20a3', 'C74F20A3')}`,
    ],
  ],
  ['PARAPH_WITNESS_PORT', [MARKER, '65536']],
  ['PARAPH_SUPERVISED', [MARKER]],
  ['PARAPH_LOCK_SECONDS', [MARKER, '0', '-5', '86401', 'Infinity', ' ']],
  ['PARAPH_RETRY_SECONDS', [MARKER, '0', '1.5', '3601']],
  ['PARAPH_PAGE_TIMEOUT_SECONDS', [MARKER, '0']],
  ['PARAPH_DOCUMENT_TIMEOUT_SECONDS', [MARKER, '0']],
])('a wrong %s', (name, values) => {
  test.each(values)('(%s) is refused by name, and its value is not repeated', (value) => {
    const error = catchError(() => loadConfig({}, { [name]: value }))
    expect(error).toMatchObject({
      code: 'invalid-settings',
      title: `These settings have a wrong value: ${name}.`,
    })
    expect(JSON.stringify([error, String(error), (error as Error).stack])).not.toContain(MARKER)
    expect((error as Error).cause).toBeUndefined()
  })
})

test('all wrong settings are named at once', () => {
  const error = catchError(() => loadConfig({}, { PARAPH_PORT: 'x', PARAPH_LOG: 'x', PARAPH_ORIGIN: 'x' }))
  expect(error).toMatchObject({
    title: 'These settings have a wrong value: PARAPH_PORT, PARAPH_ORIGIN, PARAPH_LOG.',
  })
})

test.each(['/srv/paraph', '/srv/paraph/keys', '/srv/paraph/../paraph/keys'])(
  'keys inside the data folder (%s) are refused: a backup of the data would hold them',
  (keys) => {
    const error = catchError(() => loadConfig({}, { PARAPH_DATA: '/srv/paraph', PARAPH_KEYS: keys }))
    expect(error).toMatchObject({ code: 'invalid-settings', title: expect.stringContaining('PARAPH_KEYS') })
  },
)

test('keys beside the data folder are taken, even where the names begin alike', () => {
  expect(loadConfig({}, { PARAPH_DATA: '/srv/paraph', PARAPH_KEYS: '/srv/paraph-2' }).keysDirectory).toBe(
    '/srv/paraph-2',
  )
  expect(loadConfig({}, { PARAPH_DATA: '/srv/paraph', PARAPH_KEYS: '/etc/..paraph' }).keysDirectory).toBe(
    '/etc/..paraph',
  )
})

test('a child process has our environment with the settings that were decided meanwhile', () => {
  vi.stubEnv('PARAPH_HOST', '0.0.0.0')
  vi.stubEnv('PARAPH_PORT', '3000')
  expect(childEnvironment({ PARAPH_PORT: '4000' })).toMatchObject({
    PARAPH_HOST: '0.0.0.0',
    PARAPH_PORT: '4000',
  })
})

test('a child process does not inherit a login that is not meant for it', () => {
  const names = ['DATABASE_MIGRATE_URL', 'DATABASE_INTEGRATOR_URL', 'DATABASE_ERASER_URL']
  for (const name of names) vi.stubEnv(name, `postgres://${MARKER}@db.example.org/paraph`)
  const given = { DATABASE_INTEGRATOR_URL: 'postgres://integrator@db.example.org/paraph' }
  expect(names.map((name) => childEnvironment({})[name])).toEqual([undefined, undefined, undefined])
  expect(childEnvironment(given)).toMatchObject(given)
  expect(JSON.stringify(childEnvironment(given))).not.toContain(MARKER)
})

test('where npm was called is where relative folders begin', () => {
  vi.stubEnv('npm_lifecycle_event', 'start')
  vi.stubEnv('INIT_CWD', '/home/somebody')
  expect(callerDirectory()).toBe('/home/somebody')
  vi.stubEnv('npm_lifecycle_event', undefined)
  expect(callerDirectory()).toBe(process.cwd())
})

function catchError(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

test('metrics that others can reach need a token', () => {
  const open = { PARAPH_METRICS_HOST: '0.0.0.0' }
  expect(() => loadConfig({}, open)).toThrow('invalid-settings')
  expect(() => loadConfig({}, { ...open, PARAPH_METRICS_TOKEN: 'too short' })).toThrow('invalid-settings')
  const guarded = loadConfig({}, { ...open, PARAPH_METRICS_TOKEN: 'a token of some length' })
  expect(guarded).toMatchObject({ metricsHost: '0.0.0.0', metricsToken: 'a token of some length' })
  expect(loadConfig({}, { PARAPH_METRICS_HOST: '::1' }).metricsToken).toBeUndefined()
})
