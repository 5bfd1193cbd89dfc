import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configureLogging } from '../../src/observability/log.ts'
import { printMetrics } from '../../src/observability/scrape.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { buildFrame } from '../../test/support/frame.ts'

const HTML = { accept: 'text/html,*/*' }

describe('the web application over HTTP', () => {
  const folder = mkdtempSync(join(tmpdir(), 'paraph-web-files-'))
  const lines: string[] = []
  let app: FastifyInstance
  beforeAll(async () => {
    mkdirSync(join(folder, 'assets'))
    writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Paraph</title>')
    writeFileSync(join(folder, 'manifest.json'), '{}')
    writeFileSync(join(folder, 'favicon.svg'), '<svg/>')
    writeFileSync(join(folder, 'assets', 'app-1234.js'), 'export {}')
    writeFileSync(join(folder, 'assets', 'app-1234.js.br'), 'smaller')
    const memory = { write: (line: string) => void lines.push(line) }
    configureLogging({ audit: memory, app: memory, now: systemClock.now })
    app = await buildFrame({ webDirectory: folder })
  })
  afterAll(async () => {
    configureLogging(undefined)
    await app?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it.each(['/', '/sign-in', '/copies/018f0000-0000-7000-8000-000000000000?page=2'])(
    'gives the page for %s, under its policy, to be asked for again each time',
    async (url) => {
      const answer = await app.inject({ method: 'GET', url, headers: HTML })
      expect(answer.statusCode).toBe(200)
      expect(answer.headers['content-type']).toContain('text/html')
      expect(answer.headers['cache-control']).toBe('no-cache')
      const policy = String(answer.headers['content-security-policy'])
      expect(policy).toContain("script-src 'self'")
      expect(policy).toContain("require-trusted-types-for 'script'")
      expect(policy).not.toContain('unsafe')
      expect(answer.headers['x-request-id']).toBeDefined()
    },
  )

  it('lets browsers keep for ever what is named by its content, in its smaller form', async () => {
    const headers = { 'accept-encoding': 'br' }
    const answer = await app.inject({ method: 'GET', url: '/assets/app-1234.js', headers })
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect(answer.headers['content-encoding']).toBe('br')
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
    const icon = await app.inject({ method: 'GET', url: '/favicon.svg' })
    expect(icon.headers).toMatchObject({ 'cache-control': 'no-cache', 'content-type': 'image/svg+xml' })
  })

  it.each([
    ['GET', '/assets/gone-5678.js'],
    ['GET', '/assets/app-1234.js.br'],
    ['GET', '/manifest.json/'],
    ['GET', '/api/nowhere'],
    ['GET', '/docs/errors/nowhere'],
    ['GET', '/metrics'],
    ['GET', '/assets/..%2f..%2fpackage.json'],
    ['POST', '/sign-in'],
  ])('answers %s %s with a problem, though a browser asks', async (method, url) => {
    const answer = await app.inject({ method: method as 'GET', url, headers: { accept: 'application/json' } })
    expect(answer.statusCode).toBe(404)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.headers['content-security-policy']).toBe("default-src 'none';frame-ancestors 'none'")
  })

  it('gives no page to a program that asks for a screen', async () => {
    expect((await app.inject({ method: 'GET', url: '/exams' })).statusCode).toBe(404)
  })

  it('says plainly that it was not built, where it was not', async () => {
    const bare = await buildFrame()
    const answer = await bare.inject({ method: 'GET', url: '/' })
    expect(answer.statusCode).toBe(200)
    expect(answer.body).toContain('was not built')
    expect((await bare.inject({ method: 'GET', url: '/api/open/x' })).statusCode).toBe(200)
    await bare.close()
  })

  it('is one series and one template, whatever was asked for', async () => {
    expect(app.endpoints.filter(({ path }) => !/^\/(api|livez|readyz)/.test(path))).toEqual([])
    expect(await printMetrics()).not.toMatch(/assets|sign-in"|copies/)
    expect(lines.join('')).not.toMatch(/assets|favicon|copies/)
    expect(lines.some((line) => line.includes('"http.route":"*"'))).toBe(true)
  })
})
