import { describe, expect, it } from 'vitest'
import { createReadiness } from './readiness.ts'

const MARKER = 'ZoeMarqueur'

describe('the readiness of a process', () => {
  it('names the checks that fail, throw or hang, in about a second, and says nothing of why', async () => {
    const checks: Readonly<Record<string, () => Promise<boolean>>> = {
      passes: async () => true,
      fails: async () => false,
      lies: async () => MARKER as never,
      throws: async () => {
        throw new Error(MARKER)
      },
      'throws at once': () => {
        throw new Error(MARKER)
      },
      hangs: () => new Promise(() => undefined),
    }
    const readiness = createReadiness(Object.entries(checks).map(([name, isReady]) => ({ name, isReady })))
    const startedAt = performance.now()
    expect(await readiness.ask()).toEqual({
      status: 'failing',
      checks: {
        passes: 'ok',
        fails: 'failing',
        lies: 'failing',
        throws: 'failing',
        'throws at once': 'failing',
        hangs: 'failing',
      },
    })
    expect(performance.now() - startedAt).toBeLessThan(3_000)
  })

  it('says what is lacking where a check that fails can say it, within its time', async () => {
    const fails = async () => false
    const readiness = createReadiness([
      { name: 'rights', isReady: fails, explain: async () => ['missing privilege: a'] },
      { name: 'silent', isReady: fails, explain: () => new Promise(() => undefined) },
      { name: 'broken', isReady: fails, explain: () => Promise.reject(new Error(MARKER)) },
      { name: 'fine', isReady: async () => true, explain: async () => [MARKER] },
    ])
    expect(await readiness.ask()).toMatchObject({
      checks: { rights: 'failing', silent: 'failing', broken: 'failing', fine: 'ok' },
      lacking: { rights: ['missing privilege: a'] },
    })
    expect(JSON.stringify(await readiness.ask())).not.toContain(MARKER)
  })

  it('shares one answer among those who ask at the same time', async () => {
    let asked = 0
    const isReady = async () => {
      asked += 1
      return true
    }
    const readiness = createReadiness([{ name: 'database', isReady }])
    await Promise.all(Array.from({ length: 20 }, () => readiness.ask()))
    expect(asked).toBe(1)
    await readiness.ask()
    expect(asked).toBe(2)
  })

  it('does not ask again what hangs, and takes its answer once it comes', async () => {
    let asked = 0
    const gate = Promise.withResolvers<boolean>()
    const isReady = () => {
      asked += 1
      return gate.promise
    }
    const readiness = createReadiness([{ name: 'database', isReady }])
    expect((await readiness.ask()).status).toBe('failing')
    const second = readiness.ask()
    gate.resolve(true)
    expect((await second).status).toBe('ok')
    expect(asked).toBe(1)
  })

  it('shows facts beside the checks, which judge nothing, and asks nothing while it stops', async () => {
    let asked = 0
    const isReady = async () => {
      asked += 1
      return true
    }
    const readiness = createReadiness([{ name: 'database', isReady }], () => ({ sweeper: 'leading' }))
    expect(await readiness.ask()).toEqual({ status: 'ok', checks: { database: 'ok' }, sweeper: 'leading' })
    readiness.shutDown()
    expect(await readiness.ask()).toEqual({ status: 'shutting-down', checks: {} })
    expect(asked).toBe(1)
  })
})
