import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Canary } from './canaries.ts'
import { makeSpeakingPdf } from './documents.ts'
import { IMPORT_COMMAND_VECTORS } from './import-command-vectors.ts'
import type { ProcessWorld } from './process-world.ts'
import type { Vector } from './vector.ts'

type Row = Vector<ProcessWorld>

/** The exit code of a command and the code it names. */
export function ended({ code, stderr }: { code: number | null; stderr: string }): string {
  return [code, /\(([a-z-]+)\)\n/.exec(stderr)?.[1]].filter((part) => part !== undefined).join(' ')
}

const add = (canary: Canary, changes: Readonly<Record<string, string>> = {}) => {
  const options = { role: 'student', email: canary.email(), name: canary.text('name'), ...changes }
  return ['user', 'add', ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])]
}

const command =
  (
    make: (canary: Canary, world: ProcessWorld) => readonly string[],
    env: (canary: Canary) => Record<string, string> = () => ({}),
  ) =>
  async (world: ProcessWorld, canary: Canary) =>
    ended(await world.run(make(canary, world), { input: canary.text('password'), env: env(canary) }))

/** A server that refuses, and one that is not there; neither may be quoted. */
const NOWHERE = 'postgres://paraph_app:PASSWORD@127.0.0.1:1/paraph'
const withPassword = (url: string, canary: Canary) =>
  url.replace('PASSWORD', encodeURIComponent(canary.text('database-password')))

const commands: readonly Row[] = [
  {
    name: 'user add',
    path: 'name and address in the arguments, the password on standard input',
    outcome: '0',
    provoke: command((canary) => add(canary)),
  },
  {
    name: 'user add for an account that is there already',
    path: 'name and address in the arguments, twice',
    outcome: '0, 2 account-exists',
    provoke: async (world, canary) => {
      const run = () => world.run(add(canary), { input: canary.text('password') })
      return [await run(), await run()].map(ended).join(', ')
    },
  },
  {
    name: 'user add with an address that is none',
    path: 'a name in the place of the address',
    outcome: '2 invalid-email',
    provoke: command((canary) => add(canary, { email: canary.text('name') })),
  },
  {
    name: 'user add with a password that is too short',
    path: 'a password on standard input',
    outcome: '2 weak-password',
    provoke: async (world, canary) =>
      ended(await world.run(add(canary), { input: `${canary.text('password').slice(0, 5)}\n` })),
  },
  {
    name: 'user add with a role that is none',
    path: 'a name in the place of the role',
    outcome: '2',
    provoke: command((canary) => add(canary, { role: canary.text('input') })),
  },
  {
    name: 'an option that is none',
    path: 'name and value of an option',
    outcome: '2',
    provoke: command((canary) => [...add(canary), `--${canary.text('input')}=${canary.text('input')}`]),
  },
  {
    name: 'a command that is none',
    path: 'the name of a command, and of a part of one',
    outcome: '2, 2',
    provoke: async (world, canary) => {
      const wrong = [[canary.text('input')], ['user', canary.text('input')]]
      const all = await Promise.all(wrong.map((words) => world.run(words)))
      return all.map(ended).join(', ')
    },
  },
  {
    name: 'arguments that are too many',
    path: 'arguments behind the last',
    outcome: '2',
    provoke: command((canary) => [...add(canary), canary.text('input'), canary.text('input')]),
  },
  {
    name: 'a scan of --pdf that is not there',
    path: 'the name of a file in the arguments of the demonstration',
    outcome: '2 file-unreadable',
    provoke: command((canary) => ['demo', '--once', '--pdf', canary.text('file-name')]),
  },
  {
    name: 'a number of pages that is none',
    path: 'a name in the place of --pages-per-copy',
    outcome: '2',
    provoke: command((canary) => ['demo', '--once', '--pages-per-copy', canary.text('input')]),
  },
  {
    name: 'the trace of a request id that is none',
    path: 'a name in the place of the request id',
    outcome: '2 invalid-request-id',
    provoke: command((canary) => ['trace', canary.text('input')]),
  },
  {
    name: 'the trace in a file that is not there',
    path: 'the name of a file in --from',
    outcome: '2 file-unreadable',
    provoke: command((canary) => ['trace', 'request-12345', '--from', canary.text('file-name')]),
  },
  {
    name: 'the trace in lines of somebody else',
    path: 'lines with fields and values of others, on standard input',
    outcome: '0, 0',
    provoke: async (world, canary) => {
      const fields = { [canary.text('input')]: 1, msg: canary.text('input'), 'copy.id': canary.text('input') }
      const head = { time: '2026-11-23T08:00:00.000Z', level: 'INFO', severity_number: 9, logger: 'http' }
      const line = {
        ...head,
        event: 'http.request',
        request_id: 'request-12345',
        ...fields,
        'error.code': canary.token('input'),
        'http.route': `/${canary.text('input')}`,
      }
      const input = `${JSON.stringify(line)}\n${canary.text('input')}\n${JSON.stringify({ ...line, event: canary.text('input') })}\n`
      const run = (...more: string[]) =>
        world.run(['trace', 'request-12345', '--from', '-', ...more], { input })
      return [await run(), await run('--json')].map(ended).join(', ')
    },
  },
  {
    name: 'settings that are wrong',
    path: 'the values of settings in the environment',
    outcome: '2 invalid-settings',
    provoke: command(
      () => ['api'],
      (canary) => ({
        DATABASE_URL: canary.text('database-password'),
        PARAPH_ORIGIN: canary.text('input'),
        PARAPH_TRUSTED_PROXY: canary.text('input'),
        PARAPH_PORT: canary.text('input'),
        PARAPH_LOG: canary.text('input'),
      }),
    ),
  },
  {
    name: 'a database that is not there',
    path: 'the password in DATABASE_URL, of api, worker, user and check-database',
    outcome: '1 database-unavailable, 1 database-unavailable, 1, 3',
    provoke: async (world, canary) => {
      const env = { DATABASE_URL: withPassword(NOWHERE, canary), PARAPH_DATA: join(world.root, 'elsewhere') }
      const tried = [['api'], ['worker'], add(canary), ['check-database']]
      const all = []
      for (const words of tried) all.push(await world.run(words, { env, input: canary.text('password') }))
      return all.map(ended).join(', ')
    },
  },
  {
    name: 'a log on the terminal',
    path: 'the password in DATABASE_URL, of an api that writes its log to standard output',
    outcome: '1 database-unavailable, 1 database-unavailable',
    provoke: async (world, canary) => {
      const env = { DATABASE_URL: withPassword(NOWHERE, canary), PARAPH_DATA: join(world.root, 'elsewhere') }
      const all = []
      for (const how of ['stdout', 'pretty'])
        all.push(await world.run(['api'], { env: { ...env, PARAPH_LOG: how } }))
      const isTold = all.every(({ stdout }) => stdout.includes('process.stopped'))
      return isTold ? all.map(ended).join(', ') : 'no log'
    },
  },
  {
    name: 'a database that refuses the login',
    path: 'the password in DATABASE_URL and in DATABASE_MIGRATE_URL',
    outcome: '1, 1, 3',
    provoke: async (world, canary) => {
      const { ownerUrl } = await world.installation()
      const url = new URL(ownerUrl)
      url.username = 'paraph_app'
      url.password = canary.text('database-password')
      const env = {
        DATABASE_URL: url.href,
        DATABASE_MIGRATE_URL: url.href,
        PARAPH_DATA: join(world.root, 'elsewhere'),
      }
      const tried = [['api'], ['migrate'], ['check-database']]
      const all = []
      for (const words of tried) all.push(await world.run(words, { env }))
      return all.map(ended).join(', ')
    },
  },
  {
    name: 'a command that fails in a way that nobody foresaw',
    path: 'the message of an error that nobody catches',
    outcome: '1',
    provoke: async (world, canary) => {
      world.order('user', 'throw an error', canary.text('input'))
      return ended(await world.run(add(canary), { input: canary.text('password') }))
    },
  },
  {
    name: 'the console and the warnings of a command',
    path: 'what a library writes, and warnings of Node',
    outcome: '0, 0',
    provoke: async (world, canary) => {
      const all = []
      for (const act of ['write to the console', 'emit warnings'] as const) {
        world.order('user', act, canary.text('input'))
        all.push(
          await world.run(add(canary, { email: `${all.length}.${canary.email()}` }), {
            input: canary.text('password'),
          }),
        )
      }
      return all.map(ended).join(', ')
    },
  },
]

const demonstration: readonly Row[] = [
  {
    name: 'a demonstration with scans of somebody’s own',
    path: 'the names of the files in --pdf; the timeline, the table of accounts and the report in JSON are read',
    outcome: '0',
    provoke: async (world, canary) => {
      const folder = join(world.root, 'scans')
      mkdirSync(folder)
      const scan = join(folder, `${canary.text('file-name')}.pdf`)
      writeFileSync(scan, makeSpeakingPdf(canary))
      const env = { PARAPH_DATA: join(world.root, 'demo') }
      return ended(await world.run(['demo', '--once', '--json', '--pdf', scan], { env }))
    },
  },
]

export const COMMAND_VECTORS: readonly Row[] = [...commands, ...IMPORT_COMMAND_VECTORS, ...demonstration]
