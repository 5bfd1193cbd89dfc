import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Ended } from '../support/command.ts'
import type { World } from './world.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const README = resolve(ROOT, 'docs/playbook/en/README.md')
const LIMIT_MS = 30_000

/** The shell that the playbook tells people to set up for a PostgreSQL of theirs, as it stands there. */
const SQL_FUNCTIONS =
  [...readFileSync(README, 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)]
    .map(([, text = '']) => text)
    .find((text) => text.includes('<<< "$DATABASE_URL"')) ?? ''

/** psql comes with Debian's postgresql-client. */
export function hasPsql(): boolean {
  return spawnSync('psql', ['--version'], { stdio: 'ignore' }).status === 0
}

/**
 * Types a line into the shell of an operator, with the settings of the installation. What begins with `psql` reaches the
 * database as the administrator's does. A server that says nothing is waited for two seconds, a question for five.
 */
export function typeAs(world: World, line: string): Promise<Ended> {
  const owner = new URL(world.urls.owner)
  const env = {
    ...process.env,
    ...world.environment,
    PGHOST: owner.searchParams.get('host') ?? owner.hostname,
    PGPORT: owner.port,
    PGPASSWORD: decodeURIComponent(owner.password),
    PGCONNECT_TIMEOUT: '2',
    PGOPTIONS: '-c statement_timeout=5000',
  }
  const script = `paraph() { '${resolve(ROOT, 'bin/paraph')}' "$@"; }\n${SQL_FUNCTIONS}\n${line}\n`
  const options = { env, cwd: dirname(world.dataDirectory), timeout: LIMIT_MS, maxBuffer: 64 * 1_024 * 1_024 }
  return new Promise((done) => {
    const child = execFile('bash', ['-c', script], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null
      done({ code, stdout, stderr })
    })
    child.stdin?.end()
  })
}

/** Types a question in SQL, which may only look; rows come as CSV with a header. */
export function askSql(world: World, statement: string): Promise<Ended> {
  const quoted = `$'${statement.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n')}'`
  const readOnly = "PGOPTIONS='-c statement_timeout=5000 -c default_transaction_read_only=on'"
  return typeAs(world, `${readOnly} sql --no-psqlrc --csv --set=ON_ERROR_STOP=1 --command=${quoted}`)
}
