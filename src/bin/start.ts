import type { Config } from '../platform/config.ts'
import { assertOwnFolder } from './data-folder.ts'
import { startProcessTree } from './process-tree.ts'
import { listenForStop } from './terminal.ts'

/** `paraph start`: everything in one process tree, until Ctrl-C or SIGTERM. */
export async function runStart(config: Config): Promise<void> {
  const release = assertOwnFolder(config, 'start')
  const stopped = listenForStop()
  try {
    const tree = await startProcessTree(config, { mayMovePorts: false, onStep: say })
    say(`Paraph is ready: ${tree.url}`)
    for (const url of tree.metricsUrls) say(`  metrics  ${url}`)
    for (const path of tree.logPaths) say(`  logs     ${path}`)
    say('Stop with Ctrl-C. The first administrator is made with: paraph user add --role admin')
    await stopped
    say('stopping')
    await tree.close()
  } finally {
    release()
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
