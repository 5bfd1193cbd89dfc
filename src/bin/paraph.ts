import { Command, InvalidArgumentError, Option } from 'commander'
import { callerDirectory, loadConfig } from '../platform/config.ts'
import { ROLES } from '../platform/http-route.ts'
import { reportFailure } from './failure.ts'
import { silenceForeignOutput } from './foreign-output.ts'
import { VERSION } from './version.ts'

silenceForeignOutput()

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

/** The command line. Each command loads only what it runs, so that `--help` is instant. */
const program = new Command('paraph')
  .description('Marking of scanned exam copies: every step can be proved and no log can betray a pupil.')
  .version(VERSION)
  .exitOverride()
  // Its messages quote the command line; `reportFailure` has words of its own.
  .configureOutput({ outputError: () => undefined })

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
  .command('check-database')
  .description('what a PostgreSQL of your own (DATABASE_URL) lacks; changes nothing')
  .action(async () => {
    process.exitCode = await (await import('./check-database.ts')).runCheckDatabase(loadConfig())
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
  .command('trace')
  .description('everything that happened under a request id: its requests, job attempts, events and failures')
  .argument('<request-id>', 'as errors show it, or as the header X-Request-ID of an answer')
  .option(
    '--from <file>',
    'read log lines from a file, or from standard input (-), instead of the log folder',
  )
  .option('--json', 'one line of JSON instead of a table')
  .option('--report <file>', 'write that JSON to a file')
  // An id may begin with a dash; and an unknown option would be quoted, whatever it is.
  .allowUnknownOption()
  .action(async (requestId, options) => {
    const directory = callerDirectory()
    process.exitCode = await (await import('./trace.ts')).runTrace(loadConfig(), requestId, {
      ...options,
      directory,
    })
  })

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

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = reportFailure(error)
  // A command that failed half-way may leave a timer or a connection behind; it has nothing more to do.
  process.exit()
}
