import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Output } from './ledger.ts'
import type { ProcessWorld } from './process-world.ts'

/** What operators are shown of an installation, or send to somebody else; of a day, so that every fault is in it. */
export async function operatorOutputs(world: ProcessWorld): Promise<readonly Output[]> {
  // The processes of a test listen on free ports, and commands are told where.
  const port = new URL(world.metricsUrls()[0] ?? '').port
  const env = { PARAPH_METRICS_PORT: port, PARAPH_METRICS_TOKEN: world.metricsToken }
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
    [
      'repair',
      'drain-spool',
      '--reason',
      'other',
      '--note',
      world.canaryOf('a note of an operator').text('note'),
    ],
  ]
  const said: Output[] = []
  for (const command of commands) {
    const { stdout, stderr } = await world.run(command, { env })
    said.push({ name: `stdout of ${command[0]}`, content: stdout || '-' })
    said.push({ name: `stderr of ${command[0]}`, content: stderr || '-' })
  }
  said.push({ name: 'the support bundle', content: gunzipSync(readFileSync(bundle)) })
  return said
}
