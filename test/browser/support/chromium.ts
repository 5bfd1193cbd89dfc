import {
  chmodSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createBrotliDecompress } from 'node:zlib'
import { type Browser, chromium } from 'playwright-core'
import { extract } from 'tar-fs'
import manifest from '../../../package.json' with { type: 'json' }

const CACHE = resolve(import.meta.dirname, '../../../node_modules/.cache')
/** Named by its version: one that was left by an older version must not be taken for it. */
const UNPACKED = join(CACHE, `chromium-${manifest.devDependencies['@sparticuz/chromium']}`)

/** Starts a Chromium: that of the npm package, with the libraries it brings along, or that of `CHROMIUM_PATH`. */
export async function launchChromium(): Promise<Browser> {
  const own = process.env['CHROMIUM_PATH']
  const args = ['--disable-dev-shm-usage']
  if (own) return chromium.launch({ executablePath: own, args })
  const folder = await unpackChromium()
  return chromium.launch({
    executablePath: join(folder, 'chromium'),
    args,
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
      FONTCONFIG_PATH: join(folder, 'fonts'),
    },
  })
}

/** Unpacks it once, into a folder that appears whole or not at all: several test files begin at the same time. */
async function unpackChromium(): Promise<string> {
  if (existsSync(UNPACKED)) return UNPACKED
  mkdirSync(CACHE, { recursive: true })
  const draft = mkdtempSync(join(CACHE, 'chromium-draft-'))
  const packed = findPacked()
  const open = (name: string) => [createReadStream(join(packed, name)), createBrotliDecompress()] as const
  await Promise.all([
    pipeline(...open('chromium.br'), createWriteStream(join(draft, 'chromium'))),
    pipeline(...open('al2023.tar.br'), extract(join(draft, 'al2023'))),
    pipeline(...open('fonts.tar.br'), extract(draft)),
  ])
  chmodSync(join(draft, 'chromium'), 0o755)
  chmodSync(draft, 0o755)
  try {
    renameSync(draft, UNPACKED)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (!existsSync(UNPACKED)) throw error
  }
  return UNPACKED
}

function findPacked(): string {
  let folder = dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium')))
  while (!existsSync(join(folder, 'bin', 'chromium.br'))) folder = dirname(folder)
  return join(folder, 'bin')
}
