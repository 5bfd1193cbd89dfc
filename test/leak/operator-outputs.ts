import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Output } from './ledger.ts'
import type { ProcessWorld } from './process-world.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const GIVEN = ['ops/prometheus', 'docs/playbook/en', 'docs/playbook/fr']

/** What operators have been given before anything happened: rules, and the pages of the playbook. */
export function givenToOperators(): readonly Output[] {
  return GIVEN.flatMap((folder) =>
    readdirSync(join(ROOT, folder)).map((name) => ({
      name: `${folder}/${name}`,
      content: readFileSync(join(ROOT, folder, name)),
    })),
  )
}

/** The processes of a test listen on free ports, and commands are told where. */
export function portsOf(world: ProcessWorld): Readonly<Record<string, string>> {
  const { port } = new URL(world.metricsUrls()[0] ?? '')
  return { PARAPH_METRICS_PORT: port, PARAPH_METRICS_TOKEN: world.metricsToken }
}

/** What operators are shown of an installation, or send to somebody else; of a day, so that every fault is in it. */
export async function operatorOutputs(world: ProcessWorld): Promise<readonly Output[]> {
  const bundle = join(world.root, 'bundle.json.gz')
  const commands = [
    ['doctor', '--since', '1440'],
    ['doctor', '--since', '1440', '--json'],
    ['support-bundle', '--out', bundle],
    [
      'repair',
      'retry-finalization',
      '--copy',
      world.canaryOf('a copy that is none').text('input'),
      '--reason',
      'other',
    ],
  ]
  const said: Output[] = []
  for (const command of commands) {
    const { stdout, stderr } = await world.run(command, { env: portsOf(world) })
    said.push({ name: `stdout of ${command[0]}`, content: stdout || '-' })
    said.push({ name: `stderr of ${command[0]}`, content: stderr || '-' })
  }
  said.push({ name: 'the support bundle', content: gunzipSync(readFileSync(bundle)) })
  return said
}

/** Whoever operates asks everything there is to ask over HTTP; the answers, by their addresses. */
export async function operatorAnswers(
  world: ProcessWorld,
  ids: readonly string[],
): Promise<readonly Output[]> {
  const operator = await world.as('operator')
  const paths = [
    ...['health', 'backlog', 'durations', 'incidents?minutes=60'],
    ...ids.map((id) => `search?id=${id}`),
  ]
  const answers: Output[] = []
  for (const path of paths) {
    const { status, bytes } = await operator.get(`/api/operations/${path}`)
    if (status !== 200) throw new Error(`${path} was answered ${status}`)
    answers.push({ name: `/api/operations/${path}`, content: bytes })
  }
  return answers
}
