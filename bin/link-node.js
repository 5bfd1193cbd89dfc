// npm 10 drops node_modules/.bin/node when several platform packages offer the same command name:
// it removes the link of the packages it skipped after having made ours. Put the link back.
import { existsSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findNode24 } from './find-node.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const target = findNode24(root)
if (target && process.platform !== 'win32') {
  const link = join(root, 'node_modules', '.bin', 'node')
  const wanted = join('..', target.slice(join(root, 'node_modules').length + 1))
  let current
  try {
    current = readlinkSync(link)
  } catch {
    current = undefined
  }
  if (current !== wanted || !existsSync(link)) {
    mkdirSync(dirname(link), { recursive: true })
    rmSync(link, { force: true })
    symlinkSync(wanted, link)
  }
}
