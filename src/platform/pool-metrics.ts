import type pg from 'pg'
import { collectAtScrape } from '../observability/collector.ts'
import { defineGauge, defineHistogram } from '../observability/metrics.ts'

const both = { exposedBy: 'both', labels: {} } as const

const connections = defineGauge({
  ...both,
  name: 'database_pool_connections',
  help: 'Connections of the pool, in use or idle.',
})
const idle = defineGauge({
  ...both,
  name: 'database_pool_idle_connections',
  help: 'Connections of the pool that nobody uses.',
})
const waiting = defineGauge({
  ...both,
  name: 'database_pool_waiting_requests',
  help: 'Work that waits for a connection of the pool.',
})
const acquireDuration = defineHistogram({
  ...both,
  name: 'database_pool_acquire_seconds',
  help: 'Time until a connection of the pool was given, or refused.',
  buckets: [0.001, 0.01, 0.1, 1, 10],
})

/** Measures a pool from now on; the one that all the work of a process shares. */
export function measurePool(pool: pg.Pool): void {
  const connect = pool.connect.bind(pool)
  async function connectTimed(): Promise<pg.PoolClient> {
    const startedAt = performance.now()
    try {
      return await connect()
    } finally {
      acquireDuration.observe({}, (performance.now() - startedAt) / 1_000)
    }
  }
  pool.connect = connectTimed as typeof pool.connect
  const stop = collectAtScrape({
    name: 'database-pool',
    gauges: [connections, idle, waiting],
    read: () => [
      connections.at({}, pool.totalCount),
      idle.at({}, pool.idleCount),
      waiting.at({}, pool.waitingCount),
    ],
  })
  const end = pool.end.bind(pool)
  pool.end = (() => {
    stop()
    return end()
  }) as typeof pool.end
}
