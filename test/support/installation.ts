import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeExamWith, type Staff } from './builders.ts'
import { createClient, type TestClient } from './client.ts'
import { startCommand } from './command.ts'

const PASSWORD = 'long enough for a test'

const emailOf = (role: string) => `${role}@test.invalid`

/** Makes an account with this role by the command line, and signs it in. */
export async function makeAccount(folder: string, url: string, role: string): Promise<TestClient> {
  const command = ['user', 'add', '--role', role, '--email', emailOf(role), '--name', 'Camille Exemple']
  const made = await startCommand(folder, command, { input: PASSWORD }).ended
  return signInAgain(url, role, /made account (\S+)/.exec(made.stdout)?.[1])
}

/** Signs in whom `makeAccount` has made. */
export function signInAgain(url: string, role: string, accountId = ''): Promise<TestClient> {
  return createClient({ url, origin: url, email: emailOf(role), password: PASSWORD, accountId })
}

export type Installation = {
  readonly root: string
  /** Its data. */
  readonly folder: string
  /** Where a fault is asked for (`PARAPH_FAULT_FILE`). */
  readonly faultFile: string
  readonly url: string
  readonly staff: Staff
  /** Process id of the database. */
  readonly postmaster: () => number
  readonly close: () => Promise<void>
}

/** `paraph start` as processes of their own, on a folder of its own, with an exam and its people; retries come soon. */
export async function openInstallation(): Promise<Installation> {
  const root = mkdtempSync(join(tmpdir(), 'paraph-installation-'))
  const [folder, faultFile] = [join(root, 'data'), join(root, 'fault')]
  const running = startCommand(folder, ['start'], {
    env: { PARAPH_FAULT_FILE: faultFile, PARAPH_RETRY_SECONDS: '1' },
  })
  const [, url = ''] = await running.until(/Paraph is ready: (\S+)/)
  return {
    ...{ root, folder, faultFile, url },
    staff: await makeExamWith(
      await makeAccount(folder, url, 'admin'),
      await makeAccount(folder, url, 'marker'),
    ),
    postmaster: () =>
      Number(readFileSync(join(folder, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]),
    close: async () => {
      running.child.kill('SIGTERM')
      await running.ended
      rmSync(root, { recursive: true, force: true })
    },
  }
}
