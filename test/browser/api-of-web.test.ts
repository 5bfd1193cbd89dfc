import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STATUS_OF_CODE } from '../../src/http/problem.ts'
import { SESSION_EXTENSION_MS, SESSION_LENGTH_MS } from '../../src/people/auth.ts'
import { sentences as english } from '../../web/shared/problems.en.ts'
import { sentences as french } from '../../web/shared/problems.fr.ts'
import { SESSION_MS } from '../../web/shared/session-clock.ts'
import { openTestApp, type TestApp } from '../support/app.ts'

const ENDPOINTS = resolve(import.meta.dirname, '../../web/shared/endpoints.ts')

describe('what the web application knows of the API', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await openTestApp({ worker: false })
  })
  afterAll(() => app?.close())

  it('are endpoints that are mounted', () => {
    const named = [...readFileSync(ENDPOINTS, 'utf8').matchAll(/^ {2}'([A-Z]+ \/[^']+)'/gm)].map(
      (match) => match[1],
    )
    const mounted = new Set(app.endpoints.map(({ method, path }) => `${method} ${path}`))
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter((name) => !mounted.has(name ?? ''))).toEqual([])
  })

  it('is how long a session lasts', () => {
    expect(SESSION_MS).toEqual({ length: SESSION_LENGTH_MS, extension: SESSION_EXTENSION_MS })
  })

  it.each([
    ['French', french],
    ['English', english],
  ])('is a sentence in %s for every code that an answer can have', (_, sentences: Record<string, string>) => {
    const codes = ['internal', ...Object.keys(STATUS_OF_CODE)]
    expect(codes.filter((code) => !sentences[code])).toEqual([])
  })
})
