import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Installation } from './installation.ts'

const PROGRAM = fileURLToPath(new URL('ordering-process.ts', import.meta.url))

/** What the process is given; in its environment, since the address holds a password. */
export type OrderingSettings = {
  readonly url: string
  readonly keysDirectory: string
  readonly tlogDirectory: string
}

/** Orders and publishes the log in another process while `work` is done, as the worker of an installation does. */
export async function whileOrdering<T>(installation: Installation, work: () => Promise<T>): Promise<T> {
  const { urls, keysDirectory, tlogDirectory } = installation
  const settings: OrderingSettings = { url: urls.integrator, keysDirectory, tlogDirectory }
  const child = fork(PROGRAM, { env: { ...process.env, ORDERING: JSON.stringify(settings) } })
  const ended = once(child, 'exit')
  try {
    return await work()
  } finally {
    child.send('stop')
    await ended
  }
}

/** Waits until everything that was committed is in the tree. */
export async function untilOrdered({ administer }: Installation): Promise<void> {
  for (;;) {
    const [row] = await administer<{ waits: boolean }>('select exists (select from audit_pending) as waits')
    if (!row?.waits) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
