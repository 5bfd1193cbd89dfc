import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'
import { median, numberAfter, report } from './measure.ts'

// The whole observability of a request (context and request id, one line to disk, counter and histogram) against the
// same handler on Express with winston and express-prom-bundle. Processor time of the server process, user and system,
// divided by the requests it answered; the variants take turns, so that what disturbs the machine disturbs all.

const ROUNDS = numberAfter('--rounds', 7)
const SECONDS = numberAfter('--seconds', 2)
/** Shorter than this, and the compiler's own work is a good part of the figure. */
const WARM_UP_SECONDS = 8
const CONNECTIONS = 20

const VARIANTS = {
  'fastify, bare': ['fastify.ts', 'bare'],
  'fastify, Paraph’s observability': ['fastify.ts', 'observed'],
  'express, bare': ['express.js', 'bare'],
  'express + winston + express-prom-bundle': ['express.js', 'observed'],
} as const
type Variant = keyof typeof VARIANTS
const NAMES = Object.keys(VARIANTS) as Variant[]

type Server = {
  readonly child: ChildProcess
  readonly url: string
  readonly microseconds: number[]
  requests: number
}

async function start(variant: Variant, folder: string): Promise<Server> {
  const [file, mode] = VARIANTS[variant]
  const program = fileURLToPath(new URL(`servers/${file}`, import.meta.url))
  const child = fork(program, [mode, folder], { env: { ...process.env, NODE_ENV: 'production' } })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return { child, url: `http://127.0.0.1:${port}/hello/0198f3a2`, microseconds: [], requests: 0 }
}

async function processorTime(child: ChildProcess): Promise<number> {
  child.send('processor time')
  const [{ cpuMicroseconds }] = (await once(child, 'message')) as [{ cpuMicroseconds: number }]
  return cpuMicroseconds
}

/** Asks for a while; adds the processor time of one request to the server's list. */
async function load(server: Server, seconds: number, isCounted: boolean): Promise<void> {
  const before = await processorTime(server.child)
  const result = await autocannon({ url: server.url, connections: CONNECTIONS, duration: seconds })
  const after = await processorTime(server.child)
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error('a request failed: the figure would mean nothing')
  if (!isCounted) return
  server.requests += result.requests.total
  server.microseconds.push((after - before) / result.requests.total)
}

const folder = mkdtempSync(join(tmpdir(), 'paraph-bench-'))
const servers = new Map<Variant, Server>()
try {
  for (const name of NAMES) servers.set(name, await start(name, folder))
  for (const server of servers.values()) await load(server, WARM_UP_SECONDS, false)
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const server of servers.values()) await load(server, SECONDS, true)
    process.stderr.write(`round ${round + 1} of ${ROUNDS}\n`)
  }
} finally {
  for (const { child } of servers.values()) child.kill()
  rmSync(folder, { recursive: true, force: true })
}

const microsecondsOf = (name: Variant) => median(servers.get(name)?.microseconds ?? [])
const lowestOf = (name: Variant) => Math.min(...(servers.get(name)?.microseconds ?? []))
const [base, ours, peerBase, peer] = NAMES as [Variant, Variant, Variant, Variant]
const added = (of: (name: Variant) => number, observed: Variant, bare: Variant) => of(observed) - of(bare)

report({
  ratios: {
    // The bar: what Express, winston and the bundle add to the bare handler, and what ours adds to it.
    requestOverhead: added(microsecondsOf, ours, base) / added(microsecondsOf, peer, base),
    requestOverheadByMinima: added(lowestOf, ours, base) / added(lowestOf, peer, base),
    // Stricter: Express itself is given to the peer for nothing.
    requestOverheadWithoutExpress: added(microsecondsOf, ours, base) / added(microsecondsOf, peer, peerBase),
  },
  rows: NAMES.map((name) => ({
    variant: name,
    'CPU µs/request': microsecondsOf(name).toFixed(1),
    lowest: lowestOf(name).toFixed(1),
    highest: Math.max(...(servers.get(name)?.microseconds ?? [])).toFixed(1),
    'added µs': (microsecondsOf(name) - microsecondsOf(name.startsWith('express') ? peerBase : base)).toFixed(
      1,
    ),
    requests: servers.get(name)?.requests ?? 0,
  })),
})
