import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { describeError } from '../observability/opaque-error.ts'
import { callerDirectory, loadConfig } from '../platform/config.ts'
import { AppError } from '../platform/errors.ts'
import { ROLES } from '../platform/http-route.ts'
import { VERSION } from './version.ts'

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

/** The command line. Each command loads only what it runs, so that `--help` is instant. */
const program = new Command('paraph')
  .description('Marking of scanned exam copies: every step can be proved and no log can betray a pupil.')
  .version(VERSION)
  .exitOverride()

program
  .command('start')
  .description('everything in one process tree, with a database of its own (PARAPH_DATA, default ./data)')
  .action(async () => (await import('./start.ts')).runStart(loadConfig()))

program
  .command('api')
  .description('the HTTP process alone')
  .action(async () => (await import('./api.ts')).runApi(loadConfig()))

program
  .command('worker')
  .description('the background process alone')
  .action(async () => (await import('./worker.ts')).runWorker(loadConfig()))

program
  .command('migrate')
  .description('bring the tables and the queues of DATABASE_MIGRATE_URL up to date')
  .option('--check', 'only say what is missing; 1 when something is')
  .action(async (options) => {
    const { listPending, migrateAll } = await import('./migrate.ts')
    const config = loadConfig()
    if (options.check) {
      const pending = await listPending(config.migrateUrl ?? config.databaseUrl)
      process.stdout.write(`${pending.length} migrations pending\n`)
      process.exitCode = pending.length === 0 ? 0 : 1
      return
    }
    const applied = await migrateAll(config)
    process.stdout.write(`${applied.length} migrations applied\n`)
  })

program
  .command('demo')
  .description('the whole life of a copy, on invented scans or yours (PARAPH_DATA, default ./data-demo)')
  .option('--pdf <file...>', 'scans to use instead of invented ones')
  .option('--pages-per-copy <n>', 'cut each PDF every so many pages', parseCount)
  .option('--once', 'end after the walk instead of serving on')
  .option('--json', 'end standard output with one line of JSON')
  .option('--report <file>', 'write that JSON to a file')
  .action(async (options) =>
    (await import('./demo.ts')).runDemo(loadConfig({ dataDirectory: 'data-demo' }), {
      ...options,
      directory: callerDirectory(),
    }),
  )

program
  .command('user')
  .description('accounts')
  .command('add')
  .description('make an account; the password is asked for, or read from standard input')
  .requiredOption('--email <address>', 'address to sign in with')
  .requiredOption('--name <name>', 'name shown to colleagues')
  .addOption(new Option('--role <role>', 'what the account may do').choices(ROLES).makeOptionMandatory())
  .action(async (options) => (await import('./user-add.ts')).runUserAdd(loadConfig(), options))

function parseCount(value: string): number {
  const count = Number(value)
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('a whole number from 1 is needed')
  return count
}

const WRONG_USE = 2
const USAGE_CODES: ReadonlySet<string> = new Set([
  'invalid-settings',
  'demo-folder',
  'not-a-demo-folder',
  'already-running',
  'port-in-use',
  'file-unreadable',
  'weak-password',
  'invalid-email',
  'account-exists',
])

/** Says what went wrong in words that quote nothing; returns the exit code. */
function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USE
  if (error instanceof AppError) {
    process.stderr.write(`paraph: ${error.title} (${error.code})\n`)
    return USAGE_CODES.has(error.code) ? WRONG_USE : 1
  }
  const facts = describeError(error)
  process.stderr.write(`paraph: something went wrong on our side.\n${JSON.stringify(facts)}\n`)
  return 1
}

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = reportFailure(error)
  // A command that failed half-way may leave a timer or a connection behind; it has nothing more to do.
  process.exit()
}
