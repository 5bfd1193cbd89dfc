import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export type PeerTask = {
  readonly engine: 'fitz' | 'pdftoppm'
  readonly path: string
  readonly dpi: number
  readonly folder: string
}

/** PyMuPDF in a Python that stays open, so that neither side pays for starting. */
export type Peer = {
  readonly version: string
  readonly encodesJpeg: boolean
  readonly hasPdftoppm: boolean
  /** Processor time, user and system. */
  run(task: PeerTask): Promise<number>
  close(): void
}

/** Starts the peer; `undefined`, with a word on standard error, where Debian's python3-fitz is not installed. */
export async function startPeer(): Promise<Peer | undefined> {
  // Debian's Python: another one in the path has other packages.
  const python = '/usr/bin/python3'
  if (spawnSync(python, ['-c', 'import fitz']).status !== 0) {
    process.stderr.write('skipped: no PyMuPDF (apt-get install python3-fitz python3-pil) on this machine\n')
    return undefined
  }
  const child = spawn(python, [fileURLToPath(new URL('peer.py', import.meta.url))])
  child.stderr.pipe(process.stderr)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => JSON.parse((await lines.next()).value as string)
  const { fitz, pillow } = (await next()) as { fitz: string; pillow: string | null }
  const ask = async (process: ChildProcessWithoutNullStreams, task: PeerTask) => {
    process.stdin.write(`${JSON.stringify(task)}\n`)
    return ((await next()) as { cpuMs: number }).cpuMs
  }
  return {
    version: `PyMuPDF ${fitz}, ${pillow === null ? 'no Pillow' : `Pillow ${pillow}`}`,
    encodesJpeg: pillow !== null,
    hasPdftoppm: spawnSync('pdftoppm', ['-v']).status === 0,
    run: (task) => ask(child, task),
    close: () => child.stdin.end(),
  }
}
