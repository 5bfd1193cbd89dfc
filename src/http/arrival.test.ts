import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildFrame } from '../../test/support/frame.ts'

const UPLOAD =
  '--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
const head = (line: string, length: number, more = '') =>
  `${line} HTTP/1.1\r\nHost: x\r\n${more}Content-Length: ${length}\r\n`
const JSON_TYPE = 'Content-Type: application/json\r\n'
const FORM_TYPE = 'Content-Type: multipart/form-data; boundary=b\r\n'

describe('a slow sender', () => {
  let app: FastifyInstance
  let port: number
  beforeEach(async () => {
    app = await buildFrame({ arrivalLimits: { requestMs: 300, uploadMs: 1_500 } })
    port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
  })
  afterEach(() => app.close())

  async function open(): Promise<{ socket: Socket; heard: () => string; isOver: () => boolean }> {
    const socket = connect(port, '127.0.0.1')
    const heard: string[] = []
    socket.on('data', (chunk) => heard.push(String(chunk)))
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    return { socket, heard: () => heard.join(''), isOver: () => socket.destroyed }
  }

  it('of a body is told so, and the connection ends', async () => {
    const { socket, heard, isOver } = await open()
    socket.write(`${head('PUT /api/open/x', 14, JSON_TYPE)}\r\n{"poi`)
    await expect.poll(isOver, { timeout: 3_000 }).toBe(true)
    expect(heard()).toMatch(/^HTTP\/1\.1 408 /)
    expect(heard()).toContain('"code":"request-timeout"')
    expect(heard()).toMatch(/connection: close/i)
  })

  it('cannot prolong its time byte by byte', async () => {
    const { socket, isOver } = await open()
    socket.write(`${head('PUT /api/open/x', 1_000, JSON_TYPE)}\r\n`)
    const drip = setInterval(() => socket.writable && socket.write(' '), 50)
    await expect.poll(isOver, { timeout: 3_000 }).toBe(true)
    clearInterval(drip)
  })

  it('of an upload that nobody may make is answered at once and not listened to for long', async () => {
    const { socket, heard, isOver } = await open()
    socket.write(`${head('POST /api/uploads', 100_000, FORM_TYPE)}\r\n${UPLOAD}`)
    await expect.poll(heard, { timeout: 3_000 }).toMatch(/^HTTP\/1\.1 401 /)
    await expect.poll(isOver, { timeout: 3_000 }).toBe(true)
  })

  it('of an upload has longer, and its file arrives whole', async () => {
    const { socket, heard } = await open()
    const end = '\r\n--b--\r\n'
    const cookie = 'Cookie: account=anna\r\n'
    const length = UPLOAD.length + 10 + end.length
    socket.write(`${head('POST /api/uploads', length, FORM_TYPE + cookie)}\r\n${UPLOAD}`)
    for (let n = 0; n < 10; n += 1) {
      await sleep(80)
      socket.write('x')
    }
    socket.write(end)
    await expect.poll(heard, { timeout: 3_000 }).toMatch(/^HTTP\/1\.1 200 /)
    socket.destroy()
  })

  it('of an upload that was refused in the middle is not listened to for as long as an upload', async () => {
    const { socket, heard, isOver } = await open()
    const before = performance.now()
    socket.write(
      `${head('POST /api/uploads', 100_000, `${FORM_TYPE}Cookie: account=anna\r\n`)}\r\n${UPLOAD}unwanted`,
    )
    // The parser keeps the last bytes back: they could be the boundary.
    socket.write(' '.repeat(100))
    await expect.poll(heard, { timeout: 3_000 }).toMatch(/^HTTP\/1\.1 415 /)
    await expect.poll(isOver, { timeout: 3_000 }).toBe(true)
    expect(performance.now() - before).toBeLessThan(1_400)
  })

  it('of an upload does not have for ever', async () => {
    const { socket, heard, isOver } = await open()
    socket.write(
      `${head('POST /api/uploads', 100_000, `${FORM_TYPE}Cookie: account=anna\r\n`)}\r\n${UPLOAD}half`,
    )
    await sleep(600)
    expect(isOver()).toBe(false)
    await expect.poll(isOver, { timeout: 4_000 }).toBe(true)
    expect(heard()).toMatch(/^HTTP\/1\.1 408 /)
    expect((await app.inject('/api/open/x')).statusCode).toBe(200)
  })

  it('of anything has the limits of the server too, in an order that makes sense', () => {
    const { headersTimeout, requestTimeout, keepAliveTimeout, timeout } = app.server
    expect(headersTimeout).toBe(15_000)
    expect(keepAliveTimeout).toBeGreaterThan(60_000)
    expect(timeout).toBeGreaterThan(keepAliveTimeout)
    expect(requestTimeout).toBeGreaterThan(2 * 3_600_000)
  })

  it('does not keep a quick request from being served twice over one connection', async () => {
    const { socket, heard, isOver } = await open()
    const request = `${head('PUT /api/open/x', 12, JSON_TYPE)}\r\n{"points":1}`
    socket.write(request)
    await sleep(500)
    socket.write(request)
    await expect.poll(() => heard().match(/HTTP\/1\.1 200 /g)?.length, { timeout: 3_000 }).toBe(2)
    expect(isOver()).toBe(false)
    socket.destroy()
  })
})

describe('a server that is stopping', () => {
  it('says so to requests that still come in over open connections', async () => {
    const app = await buildFrame()
    const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
    const socket = connect(port, '127.0.0.1')
    const heard: string[] = []
    socket.on('data', (chunk) => heard.push(String(chunk)))
    await once(socket, 'connect')
    socket.write('GET /api/open/slow HTTP/1.1\r\nHost: x\r\n\r\n')
    await sleep(100)
    const closed = app.close()
    await sleep(50)
    socket.write('GET /api/open/x HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(socket, 'close')
    await closed
    const [first, second = ''] = heard.join('').split(/(?=HTTP\/1\.1 503)/)
    expect(first).toMatch(/^HTTP\/1\.1 200 /)
    expect(second).toContain('"code":"shutting-down"')
    expect(second).toMatch(/retry-after: 5/i)
    expect(second).toMatch(/x-request-id: /i)
  })
})
