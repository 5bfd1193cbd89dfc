import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import { deskDatabaseOf } from '../shared/unsent.ts'
import type { Command } from './command.ts'
import type { Draft } from './drafts.ts'

/** What this device remembers of a copy besides its commands. */
export type Memory = {
  readonly token: string | null
  readonly seen: readonly number[]
  /** What was typed of remarks, by place. */
  readonly drafts?: Readonly<Record<string, Draft>>
}

type Sealed = { readonly iv: Uint8Array<ArrayBuffer>; readonly data: ArrayBuffer }
type Schema = DBSchema & {
  keys: { key: 'session'; value: CryptoKey }
  commands: { key: [string, number]; value: { copyId: string; seq: number; sealed: Sealed } }
  copies: { key: string; value: { copyId: string; sealed: Sealed } }
}
export type Stored = { readonly seq: number; readonly command: Command }

/**
 * The database of one account on this device: commands that the server has not taken yet, in order, and what is
 * remembered of each copy. All of it is encrypted with a key that cannot leave the browser and goes when the session is
 * ended: what is left on a disk after that says nothing.
 */
export class DeskStore {
  readonly #db: IDBPDatabase<Schema>
  readonly #key: CryptoKey

  private constructor(db: IDBPDatabase<Schema>, key: CryptoKey) {
    this.#db = db
    this.#key = key
  }

  static async open(accountId: string): Promise<DeskStore> {
    const db = await openDB<Schema>(deskDatabaseOf(accountId), 1, {
      upgrade(opened) {
        opened.createObjectStore('keys')
        opened.createObjectStore('commands', { keyPath: ['copyId', 'seq'] })
        opened.createObjectStore('copies', { keyPath: 'copyId' })
      },
      // Signing out deletes the database: this tab must not hold it.
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
    })
    return new DeskStore(db, await sessionKey(db))
  }

  async listCommands(copyId: string): Promise<Stored[]> {
    const rows = await this.#db.getAll('commands', IDBKeyRange.bound([copyId, 0], [copyId, Infinity]))
    return Promise.all(
      rows.map(async ({ seq, sealed }) => ({ seq, command: await this.#unseal<Command>(sealed) })),
    )
  }

  async addCommand(copyId: string, { seq, command }: Stored): Promise<void> {
    await this.#db.put('commands', { copyId, seq, sealed: await this.#seal(command) })
  }

  async removeCommand(copyId: string, seq: number): Promise<void> {
    await this.#db.delete('commands', [copyId, seq])
  }

  /** Puts other commands in the place of all there are, at once or not at all. */
  async replaceCommands(copyId: string, stored: readonly Stored[]): Promise<void> {
    const rows = await Promise.all(
      stored.map(async ({ seq, command }) => ({ copyId, seq, sealed: await this.#seal(command) })),
    )
    const change = this.#db.transaction('commands', 'readwrite')
    await change.store.delete(IDBKeyRange.bound([copyId, 0], [copyId, Infinity]))
    for (const row of rows) await change.store.put(row)
    await change.done
  }

  async recall(copyId: string): Promise<Memory> {
    const row = await this.#db.get('copies', copyId)
    return row ? this.#unseal<Memory>(row.sealed) : { token: null, seen: [] }
  }

  async remember(copyId: string, memory: Memory): Promise<void> {
    await this.#db.put('copies', { copyId, sealed: await this.#seal(memory) })
  }

  close(): void {
    this.#db.close()
  }

  async #seal(value: unknown): Promise<Sealed> {
    const iv = crypto.getRandomValues(new Uint8Array(12))
    const bytes = new TextEncoder().encode(JSON.stringify(value))
    return { iv, data: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, this.#key, bytes) }
  }

  async #unseal<T>({ iv, data }: Sealed): Promise<T> {
    const bytes = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, this.#key, data)
    return JSON.parse(new TextDecoder().decode(bytes)) as T
  }
}

/** Two tabs that begin at the same time agree on the key that was there first. */
async function sessionKey(db: IDBPDatabase<Schema>): Promise<CryptoKey> {
  const present = await db.get('keys', 'session')
  if (present) return present
  const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ])
  const change = db.transaction('keys', 'readwrite')
  const key = (await change.store.get('session')) ?? made
  await change.store.put(key, 'session')
  await change.done
  return key
}
