import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { choosePorts, findFreePorts, isPortFree, onPort } from './ports.ts'

const HOST = '127.0.0.1'
const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await close(server)
})

async function listen(port: number): Promise<Server> {
  const server = createServer()
  server.listen(port, HOST)
  await once(server, 'listening')
  servers.push(server)
  return server
}
async function close(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve))
}
const choice = { host: HOST, count: 2, setting: 'PARAPH_PORT' }

test('a port is free until somebody listens on it, and afterwards again', async () => {
  const port = await findFreePorts(HOST, 1)
  expect(await isPortFree(HOST, port)).toBe(true)
  const server = await listen(port)
  expect(await isPortFree(HOST, port)).toBe(false)
  await close(server)
  expect(await isPortFree(HOST, port)).toBe(true)
})

test('on an address that is not of this machine no port is free', async () => {
  expect(await isPortFree('192.0.2.1', 3_000)).toBe(false)
})

test('a block of ports is free as a whole', async () => {
  const first = await findFreePorts(HOST, 4)
  for (let port = first; port < first + 4; port += 1) await listen(port)
  expect(servers).toHaveLength(4)
})

test('the wanted ports are taken when they are free', async () => {
  const wanted = await findFreePorts(HOST, 2)
  expect(await choosePorts({ ...choice, wanted, mayMove: false })).toBe(wanted)
  expect(await choosePorts({ ...choice, wanted, mayMove: true })).toBe(wanted)
})

test('a default that is taken, even the second port of it, gives way at once', async () => {
  const wanted = await findFreePorts(HOST, 2)
  await listen(wanted + 1)
  const chosen = await choosePorts({ ...choice, wanted, mayMove: true })
  expect([wanted, wanted + 1]).not.toContain(chosen)
  expect(await isPortFree(HOST, chosen)).toBe(true)
})

test('a port that a person chose is waited for, in case its owner is just ending', async () => {
  const wanted = await findFreePorts(HOST, 2)
  const server = await listen(wanted)
  const chosen = choosePorts({ ...choice, wanted, mayMove: false })
  await sleep(300)
  await close(server)
  expect(await chosen).toBe(wanted)
})

test('a chosen port that stays taken is an error that names the setting', async () => {
  const wanted = await findFreePorts(HOST, 2)
  await listen(wanted)
  const options = { ...choice, wanted, mayMove: false }
  const [one, two] = await Promise.allSettled([choosePorts({ ...options, count: 1 }), choosePorts(options)])
  expect(one).toMatchObject({
    reason: {
      code: 'port-in-use',
      title: `Port ${wanted} is in use by another program; choose another with PARAPH_PORT.`,
    },
  })
  expect(two).toMatchObject({
    reason: { title: expect.stringContaining(`Ports ${wanted} to ${wanted + 1} are in use`) },
  })
})

test('port 0 asks the system for any', async () => {
  expect(await choosePorts({ ...choice, wanted: 0, mayMove: false })).toBeGreaterThan(0)
})

test('a port that is taken when somebody listens on it is named with its setting; other failures are not touched', async () => {
  const port = await findFreePorts(HOST, 1)
  expect(await onPort(port, 'PARAPH_PORT', () => listen(port))).toBe(servers[0])
  await expect(onPort(port, 'PARAPH_PORT', () => listen(port))).rejects.toMatchObject({
    code: 'port-in-use',
    title: `Port ${port} is in use by another program; choose another with PARAPH_PORT.`,
  })
  await expect(onPort(port, 'PARAPH_PORT', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
})
