import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { parseLine, type Skimmed, skimLines } from './log-lines.ts'

const MARKER = 'ZoeMarqueur'
const ID = 'click-0001'
const LINE = {
  time: '2026-11-23T06:15:00.000Z',
  level: 'INFO',
  severity_number: 9,
  logger: 'http',
  event: 'http.request',
  request_id: ID,
  user_id: '0198f3a2-7a55-7c11-9d34-0242ac120002',
  'http.response.status_code': 200,
}
const textOf = (changes: object = {}) => JSON.stringify({ ...LINE, ...changes })

describe('a log line', () => {
  it('is read by its registered fields', () => {
    expect(parseLine(textOf())).toEqual({
      time: LINE.time,
      level: 'INFO',
      logger: 'http',
      fields: {
        event: 'http.request',
        request_id: ID,
        user_id: LINE.user_id,
        'http.response.status_code': 200,
      },
    })
  })

  it('shows nothing that is not registered, nor a registered field with a value of another shape', () => {
    const line = parseLine(
      textOf({
        name: MARKER,
        msg: MARKER,
        user_id: MARKER,
        'copy.id': `${MARKER} 0198f3a2-7a55-7c11-9d34-0242ac120002`,
        'error.code': MARKER,
        'http.route': `/${MARKER} ?`,
        'exception.stacktrace': [MARKER],
        'job.outcome': '[dropped]',
      }),
    )
    expect(line?.fields).toEqual({ event: 'http.request', request_id: ID, 'http.response.status_code': 200 })
    expect(JSON.stringify(line)).not.toContain(MARKER)
  })

  it.each([
    ['half of it', textOf().slice(0, 60)],
    ['a text', '"http.request"'],
    ['nothing', 'null'],
    ['a list', '[]'],
    ['without its time', textOf({ time: undefined })],
    ['with another time', textOf({ time: MARKER })],
    ['of no level', textOf({ level: 'LOUD' })],
    ['of a logger of somebody else', textOf({ logger: MARKER })],
    ['of an event that is none', textOf({ event: MARKER })],
  ])('is none when it is %s', (_title, text) => {
    expect(parseLine(text)).toBeUndefined()
  })
})

describe('going through a log', () => {
  async function skim(chunks: readonly (string | Buffer)[]): Promise<Skimmed & { found: string[] }> {
    const found: string[] = []
    const bytes = Readable.from(chunks.map((chunk) => Buffer.from(chunk)))
    return { ...(await skimLines(bytes, ID, (text) => void found.push(text))), found }
  }
  const other = textOf({ request_id: 'another-one' })

  it('gives the lines with the id, wherever the bytes are cut', async () => {
    const log = Buffer.from(`${other}\n${textOf({ n: 1 })}\n${other}\n${textOf({ n: 2 })}\n`)
    for (let size = 1; size <= 300; size += 13) {
      const chunks = Array.from({ length: Math.ceil(log.length / size) }, (_, index) =>
        log.subarray(index * size, (index + 1) * size),
      )
      expect(await skim(chunks), `in pieces of ${size}`).toEqual({
        found: [textOf({ n: 1 }), textOf({ n: 2 })],
        broken: 0,
        first: other,
      })
    }
  })

  it('gives the last line also without its end, and those that end as on Windows', async () => {
    expect((await skim([`${textOf({ n: 1 })}\r\n${textOf({ n: 2 })}`])).found).toEqual([
      textOf({ n: 1 }),
      textOf({ n: 2 }),
    ])
  })

  it('counts and skips what is no whole line, and goes on behind it', async () => {
    const cut = textOf().slice(0, -20)
    const log = ['banner of a program', cut, '', textOf(), `${cut}${textOf()}`, other].join('\n')
    const { found, broken } = await skim([`${log}\n`])
    expect(found).toEqual([textOf(), `${cut}${textOf()}`])
    expect(broken).toBe(2)
  })

  it('survives what never ends', async () => {
    const block = 'x'.repeat(700_000)
    const { found, broken } = await skim([block, block, block, `${ID}\n`, `${textOf()}\n`])
    expect([found, broken]).toEqual([[textOf()], 1])
  })

  it('finds nothing in nothing', async () => {
    expect(await skim([])).toEqual({ found: [], broken: 0, first: undefined })
  })
})
