import pg from 'pg'

/** One process of the installation at a time, for as long as its connection holds an advisory lock. */
export type Leadership = {
  /** Tries to become the leader, unless this is it; returns whether it is. Throws when the database cannot be asked. */
  tryHold(): Promise<boolean>
  isHeld(): boolean
  /** Gives the lock back. */
  close(): Promise<void>
}

/**
 * Who asks for `lock`, a number that the installation uses for this alone, leads until its connection ends. A leader
 * that was frozen may find out late: what it writes must be fenced besides. `onChange` is told of every change.
 */
export function createLeadership(options: {
  readonly url: string
  readonly applicationName: string
  readonly lock: number
  readonly onChange?: (isHeld: boolean) => void
}): Leadership {
  let client: pg.Client | undefined
  let isHeld = false

  function set(value: boolean): void {
    isHeld = value
    options.onChange?.(value)
  }
  async function connect(): Promise<pg.Client> {
    const fresh = new pg.Client({
      connectionString: options.url,
      application_name: options.applicationName,
    })
    // Its end, which follows, is what counts.
    fresh.on('error', () => undefined)
    fresh.on('end', () => {
      if (client === fresh) client = undefined
      set(false)
    })
    await fresh.connect()
    client = fresh
    return fresh
  }

  return {
    tryHold: async () => {
      const connection = client ?? (await connect())
      if (!isHeld) {
        const { rows } = await connection.query<{ held: boolean }>(
          'select pg_try_advisory_lock($1) as held',
          [options.lock],
        )
        set(rows[0]?.held === true)
      }
      return isHeld
    },
    isHeld: () => isHeld,
    // A connection that is gone needs no end.
    close: async () => {
      await client?.end().catch(() => undefined)
    },
  }
}
