import pg from 'pg'

/**
 * Runs `work` on a connection of its own, outside of any pool, and ends it. A connection that breaks fails the query
 * that uses it, or the next one; between two queries it would otherwise end the process.
 */
export async function withConnection<T>(
  url: string,
  options: { readonly applicationName: string; readonly role?: string },
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: options.applicationName,
    ...(options.role === undefined ? {} : { options: `-c role=${options.role}` }),
  })
  // The query that uses the connection tells.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return await work(client)
  } finally {
    // A connection that is gone needs no end.
    await client.end().catch(() => undefined)
  }
}
