import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ended } from '../support/command.ts'
import type { Canary } from './canaries.ts'
import { makeSpeakingPdf } from './documents.ts'
import type { ProcessWorld } from './process-world.ts'
import { NOWHERE } from './speaker.ts'
import type { Vector } from './vector.ts'

type Row = Vector<ProcessWorld>

const ended = ({ code, stderr }: Ended) =>
  [code, /\(([a-z-]+)\)\n/.exec(stderr)?.[1]].filter((part) => part !== undefined).join(' ')

/** Runs `paraph import` as an account whose address and password are canaries. */
const run = (
  world: ProcessWorld,
  canary: Canary,
  words: readonly string[],
  password = canary.text('password'),
) =>
  world.run(['import', ...words, '--email', canary.email()], {
    input: `${password}\n`,
    env: { PARAPH_URL: world.url() },
  })

/** Files whose names are canaries, as their folder is. */
function write(world: ProcessWorld, canary: Canary, contents: readonly Uint8Array[]): string[] {
  const folder = join(world.root, canary.text('file-name'))
  mkdirSync(folder)
  return contents.map((content, index) => {
    const path = join(folder, `${index}-${canary.text('file-name')}.pdf`)
    writeFileSync(path, content)
    return path
  })
}

export const IMPORT_COMMAND_VECTORS: readonly Row[] = [
  {
    name: 'paraph import',
    path: 'folders, names and contents of scans, one of them no PDF; the address and the password of an account',
    outcome: '0, 1 not-a-pdf, 0',
    provoke: async (world, canary) => {
      const account = ['--role', 'admin', '--email', canary.email(), '--name', canary.text('name')]
      await world.run(['user', 'add', ...account], { input: canary.text('password') })
      const exam = await world.examId()
      const noPdf = Buffer.from(canary.text('document').padEnd(2_000, '.'))
      const [scan = '', broken = ''] = write(world, canary, [makeSpeakingPdf(canary), noPdf])
      const all = [
        await run(world, canary, [exam, scan]),
        await run(world, canary, [exam, scan, broken, '--json']),
        await run(world, canary, [exam, scan, '--json', '--pages-per-copy', '1', '--allow-duplicate']),
      ]
      return all.map(ended).join(', ')
    },
  },
  {
    name: 'paraph import of what is not there',
    path: 'names of files, the id of an exam, ways of cutting, a password of nobody, and the address of the service',
    outcome: '2 file-unreadable, 2, 2, 1 wrong-credentials, 2 invalid-settings',
    provoke: async (world, canary) => {
      const [scan = ''] = write(world, canary, [makeSpeakingPdf(canary)])
      const input = canary.text('input')
      const all = [
        await run(world, canary, [NOWHERE, `${scan}-${input}`]),
        await run(world, canary, [input, scan]),
        await run(world, canary, [NOWHERE, scan, '--split', input]),
        await run(world, canary, [NOWHERE, scan], `${input} of nobody`),
        await world.run(['import', NOWHERE, scan, '--email', canary.email()], {
          input: `${input}\n`,
          env: { PARAPH_URL: `http://${canary.token('input')}.invalid` },
        }),
      ]
      return all.map(ended).join(', ')
    },
  },
]
