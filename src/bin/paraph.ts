import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import { ROTATED_KEYS } from '../audit/rotated-keys.ts'
import type { Id } from '../observability/id.ts'
import { QUEUES } from '../observability/vocabulary.ts'
import { LONGEST_NOTE, REPAIR_ACTIONS, REPAIR_REASONS } from '../operations/contract.ts'
import { SCENARIO_IDS } from '../operations/scenarios/scenario.ts'
import { ERASURE_REASONS } from '../people/erasure-reasons.ts'
import { callerDirectory, loadConfig } from '../platform/config.ts'
import { idSchema } from '../platform/contract.ts'
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
  .command('build-web')
  .description('build the web application for an api that is started by itself; "start" does it too')
  .action(async () => {
    const { buildWeb } = await import('./build-web.ts')
    const folder = await buildWeb((step) => process.stdout.write(`${step}\n`))
    process.stdout.write(folder ? `${folder}\n` : 'The web application could not be built.\n')
    if (!folder) process.exitCode = 1
  })

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
  .command('doctor')
  .description('what is wrong, why, and what to do about it; changes nothing. 1 when a cause was found')
  .addArgument(new Argument('[scenario]', 'only the causes of one').choices(SCENARIO_IDS))
  .option('--since <minutes>', 'how far back events are looked at', parseMinutes, 15)
  .option('--json', 'one line of JSON instead of a text')
  .option('--report <file>', 'write that JSON to a file')
  .action(async (scenario, options) => {
    const directory = callerDirectory()
    const { runDoctor } = await import('./doctor.ts')
    process.exitCode = await runDoctor(loadConfig(), scenario, { ...options, directory })
  })

program
  .command('support-bundle')
  .description('one file for whoever helps from elsewhere: diagnosis, metrics, log; nothing about a person')
  .option('--out <file>', 'the file to write, which is not there yet')
  .action(async (options) => {
    const directory = callerDirectory()
    await (await import('./support-bundle.ts')).runSupportBundle(loadConfig(), { ...options, directory })
  })

program
  .command('repair')
  .description('set something going again; without --yes it only says what it would do')
  .addArgument(new Argument('<action>', 'what to do').choices(REPAIR_ACTIONS))
  .option('--copy <id>', 'of retry-finalization, force-release', parseId)
  .option('--batch <id>', 'of retry-import, dismiss-import', parseId)
  .option('--job <id>', 'of requeue', parseId)
  .addOption(new Option('--queue <name>', 'of pause-queue, resume-queue').choices(QUEUES))
  .option('--pid <n>', 'of end-session: the session of the database that blocks others', parseCount)
  .addOption(new Option('--reason <code>', 'why').choices(REPAIR_REASONS).makeOptionMandatory())
  .option(
    '--note <text>',
    'a remark, kept sealed in the log of events; - reads it from standard input',
    parseNote,
  )
  .option('--yes', 'do it')
  .option('--json', 'one line of JSON instead of a sentence')
  .option('--report <file>', 'write that JSON to a file')
  .action(async (action, options) => {
    const directory = callerDirectory()
    const { runRepair } = await import('./repair.ts')
    process.exitCode = await runRepair(loadConfig(), action, { ...options, directory })
  })

const audit = program.command('audit').description('the log of events, for those who check it')

audit
  .command('witness')
  .description('cosign the checkpoints of logs, on the machine of another administrator; needs no database')
  .option('--log <vkey...>', 'verifier keys of the logs; by default those of the last start')
  .option('--state <folder>', 'what it must never forget', 'witness')
  .option('--name <name>', 'the name of its key, on the first start')
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option(
    '--port <n>',
    'port to listen on (PARAPH_WITNESS_PORT, default 9470); 0 takes a free one',
    parsePort,
  )
  .action(async (options) =>
    (await import('./witness.ts')).runWitness(loadConfig(), { ...options, directory: callerDirectory() }),
  )

audit
  .command('checkpoint')
  .description('the last published checkpoint of the log: its size, its root, its age')
  .option('--save <file>', 'write it to a new file, to be kept elsewhere: against it a rewritten log shows')
  .action(async (options) =>
    (await import('./audit-checkpoint.ts')).runAuditCheckpoint(loadConfig(), {
      ...options,
      directory: callerDirectory(),
    }),
  )

const keys = program.command('keys').description('the keys of this installation (PARAPH_KEYS)')

keys
  .command('rotate')
  .description('put a new key in the place of one; the old one is kept for what it made')
  .addArgument(new Argument('<key>', 'which one').choices(ROTATED_KEYS))
  .action(async (key) => {
    process.exitCode = await (await import('./keys-rotate.ts')).runKeysRotate(loadConfig(), key)
  })

keys
  .command('rewrap')
  .description('wrap the keys of sealed values under the current master key, as far as they are not')
  .action(async () => {
    process.exitCode = await (await import('./keys-rotate.ts')).runKeysRewrap(loadConfig())
  })

audit
  .command('verify')
  .description('check the whole log, the published files and the tables; 1 when something does not hold')
  .option('--since <file>', 'a checkpoint that was kept elsewhere: has the log been rewritten or cut since?')
  .option('--json', 'one line of JSON instead of sentences')
  .option('--report <file>', 'write that JSON to a file')
  .action(async (options) => {
    const { runAuditVerify } = await import('./audit-verify.ts')
    process.exitCode = await runAuditVerify(loadConfig(), { ...options, directory: callerDirectory() })
  })

audit
  .command('prove')
  .description('the proof that an event is in the log, for anybody to check')
  .argument('<event>', 'its number, or its stream and its place there: <stream>/<seq>')
  .option('--out <file>', 'write the proof to a file')
  .action(async (event, options) => {
    const { runAuditProve } = await import('./audit-prove.ts')
    process.exitCode = await runAuditProve(loadConfig(), event, { ...options, directory: callerDirectory() })
  })

audit
  .command('check')
  .description('check a proof, without database and network')
  .argument('<proof>', 'the file that "prove" wrote')
  .requiredOption('--log <vkey...>', 'verifier keys of the log, got by a way that is not the proof')
  .option('--witness <vkey...>', 'verifier keys of witnesses that you trust')
  .option('--leaf <file>', 'the bytes of the event, for a proof that does not bring them along')
  .option('--json', 'one line of JSON instead of a sentence')
  .action(async (proof, options) => {
    const { runAuditCheck } = await import('./audit-check.ts')
    process.exitCode = runAuditCheck(proof, { ...options, directory: callerDirectory() })
  })

audit
  .command('export')
  .description('a folder of events that anybody can check, with a page that does it')
  .requiredOption('--out <folder>', 'the folder to write, which is not there yet')
  .option('--copy <id>', 'the log of one copy', parseId)
  .option('--exam <id>', 'that of an exam with its copies and batches', parseId)
  .option('--stream <ref>', 'that of one stream', parseId)
  .option('--all', 'the whole log')
  .option('--disclose', 'show what is sealed to whoever reads the folder')
  .option('--json', 'one line of JSON instead of a sentence')
  .option('--report <file>', 'write that JSON to a file')
  .action(async (options) =>
    (await import('./audit-export.ts')).runAuditExport(loadConfig(), {
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

program
  .command('import')
  .description('upload scans to an exam and see to their import (PARAPH_URL); again, it goes on where it was')
  .argument('<exam>', 'the exam, as addresses name it', parseId)
  .argument('<file...>', 'the PDF files')
  .requiredOption(
    '--email <address>',
    'an administrator; the password is asked for, or read from standard input',
  )
  .option('--pages-per-copy <n>', 'cut each PDF every so many pages', parseCount)
  .addOption(
    new Option('--split <way>', 'cut each PDF by the codes on first pages, or on every page').choices([
      'code-first',
      'code-every',
    ] as const),
  )
  .option('--allow-duplicate', 'take a scan also when the exam has it already')
  .option('--json', 'one line of JSON instead of sentences')
  .action(async (exam, files, options) => {
    const { runImport } = await import('./import.ts')
    process.exitCode = await runImport(loadConfig(), exam, files, {
      ...options,
      directory: callerDirectory(),
    })
  })

program
  .command('erase')
  .description(
    'forget the person of a copy, or a scan that came to none; the log keeps its proofs. Without --yes it only says what would go',
  )
  .option('--copy <id>', 'the copy, as addresses and log lines name it', parseId)
  .option('--batch <id>', 'a scan by itself: its import failed, or no copy has a page of it', parseId)
  .option('--reapply', 'erase again what a restored backup has brought back of what was erased')
  .option('--from <file>', 'with --reapply: events.jsonl of an export that is newer than the backup')
  .addOption(
    new Option('--reason <code>', 'the rule that applies').choices(ERASURE_REASONS).default('not-stated'),
  )
  .option('--dry-run', 'say what would go, and be content with that')
  .option('--yes', 'erase')
  .option('--json', 'one line of JSON instead of a list')
  .option('--report <file>', 'write that JSON to a file')
  .action(async (options) => {
    const directory = callerDirectory()
    process.exitCode = await (await import('./erase.ts')).runErase(loadConfig(), { ...options, directory })
  })

function parseCount(value: string): number {
  const count = Number(value)
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('a whole number from 1 is needed')
  return count
}

function parseMinutes(value: string): number {
  const minutes = Number(value)
  if (!(minutes > 0 && minutes <= 1_440)) throw new InvalidArgumentError('minutes are needed, at most a day')
  return minutes
}

function parseNote(value: string): string {
  if (value.length > LONGEST_NOTE) throw new InvalidArgumentError('a note is too long')
  return value
}

function parseId(value: string): Id {
  const id = idSchema.safeParse(value)
  if (!id.success) throw new InvalidArgumentError('an id is needed')
  return id.data
}

function parsePort(value: string): number {
  const port = Number(value)
  if (!/^\d+$/.test(value) || port > 65_535) throw new InvalidArgumentError('a port is needed')
  return port
}

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = reportFailure(error)
  // A command that failed half-way may leave a timer or a connection behind; it has nothing more to do.
  process.exit()
}
