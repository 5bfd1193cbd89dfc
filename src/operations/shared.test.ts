import { describe, expect, it } from 'vitest'
import { shareAnswers } from './shared.ts'

/** Questions that are answered by hand, with a clock that is turned by hand. */
function openQuestions() {
  const asked: { key: number; answer: (text: string) => void; fail: (error: Error) => void }[] = []
  let time = 0
  const ask = shareAnswers(
    (key: number) =>
      new Promise<string>((answer, fail) => {
        asked.push({ key, answer, fail })
      }),
    1_000,
    () => time,
  )
  const pass = (ms: number) => {
    time += ms
  }
  return { ask, asked, pass }
}

describe('shared answers', () => {
  it('are computed once for all who ask meanwhile, however long that takes', async () => {
    const { ask, asked, pass } = openQuestions()
    const first = ask(15)
    pass(5_000)
    const second = ask(15)
    asked[0]?.answer('one')
    expect([await first, await second, asked.length]).toEqual(['one', 'one', 1])
  })

  it('hold for a second after they were found, and no longer', async () => {
    const { ask, asked, pass } = openQuestions()
    const first = ask(15)
    asked[0]?.answer('one')
    await first
    pass(1_000)
    expect(await ask(15)).toBe('one')
    pass(1)
    const next = ask(15)
    asked[1]?.answer('two')
    expect(await next).toBe('two')
  })

  it('are not shared by who asks something else', async () => {
    const { ask, asked } = openQuestions()
    void ask(15)
    void ask(60)
    expect(asked.map(({ key }) => key)).toEqual([15, 60])
  })

  it('that failed are asked for again', async () => {
    const { ask, asked } = openQuestions()
    const [first, second] = [ask(15), ask(15)]
    asked[0]?.fail(new Error('gone'))
    await expect(first).rejects.toThrow('gone')
    await expect(second).rejects.toThrow('gone')
    const next = ask(15)
    asked[1]?.answer('one')
    expect(await next).toBe('one')
  })
})
