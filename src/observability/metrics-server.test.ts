import { describe, expect, it } from 'vitest'
import { startMetricsServer } from './metrics-server.ts'

describe('the metrics server', () => {
  it('asks for the bearer token when there is one', async () => {
    const server = await startMetricsServer({ host: '127.0.0.1', port: 0, token: 'a token of some length' })
    const ask = async (authorization?: string) =>
      (
        await fetch(`http://127.0.0.1:${server.port}/metrics`, {
          headers: authorization ? { authorization } : {},
        })
      ).status
    try {
      expect(await ask()).toBe(401)
      expect(await ask('Bearer a token of another kind')).toBe(401)
      expect(await ask('a token of some length')).toBe(401)
      expect(await ask('Bearer a token of some length')).toBe(200)
    } finally {
      await server.close()
    }
  })
})
