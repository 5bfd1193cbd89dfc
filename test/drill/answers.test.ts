import { describe, expect, it } from 'vitest'
import { SCENARIOS } from '../../src/operations/scenarios/all.ts'
import { probesOf } from '../docs/playbook-pages.ts'
import { answerOfPrometheus, answerOfShell, answerOfSql, CONTRARY, isContrary } from './answers.ts'
import { readPage } from './page.ts'

const PROBES = SCENARIOS.flatMap(probesOf)
const SINCE = '2026-01-05T10:00:00.000Z'
const line = (time: string, rest = '') => `{"time":"${time}"${rest}}`

describe('the questions of a page', () => {
  it.each(SCENARIOS.map((scenario) => [scenario.id, scenario] as const))(
    'are those of its scenario, each at least once, and tell every cause: %s',
    (_, scenario) => {
      const page = readPage(scenario.id)
      const asked = new Set(page.questions.flatMap(({ probe }) => probe ?? []))
      expect([...asked].toSorted()).toEqual(
        probesOf(scenario)
          .map(({ id }) => id)
          .toSorted(),
      )
      for (const { id, probes } of scenario.causes) {
        expect(page.toldBy(id)).toEqual(probes.map((probe) => probe.id))
      }
      expect(page.questions.filter(({ probe }) => probe === undefined)).toHaveLength(scenario.alerts.length)
    },
  )
})

describe('an answer', () => {
  it('is judged by what the page expects wherever that is a number or a word', () => {
    const numbers = PROBES.filter(({ kind }) => kind !== 'sql' && kind !== 'log')
    expect(numbers.filter(({ id }) => !(id in CONTRARY)).map(({ id }) => id)).toEqual([])
    const known = new Set(PROBES.map(({ id }) => id))
    expect(Object.keys(CONTRARY).filter((id) => !known.has(id))).toEqual([])
  })

  it('of SQL is a row for each line below the names', () => {
    const answer = answerOfSql({ code: 0, stdout: 'copy,silent\nc1,130\nc2,\n', stderr: '' })
    expect(answer.rows).toEqual([
      { copy: 'c1', silent: '130' },
      { copy: 'c2', silent: '' },
    ])
    expect([isContrary('leases', answer), isContrary('expired-locks', answer)]).toEqual([true, true])
    const refused = answerOfSql({ code: 2, stdout: '', stderr: 'FATAL: too many connections for role' })
    expect([refused.isAnswered, isContrary('connection-refused', refused)]).toEqual([false, true])
  })

  it('of a shell holds the log lines since the fault, and none is an answer of grep only', () => {
    const stdout = [line('2026-01-05T09:59:59.999Z'), line(SINCE)].join('\n')
    const grep = `grep -h '"event":"upload.accepted"' *.log | tail -n 20`
    expect(answerOfShell(grep, { code: 0, stdout, stderr: '' }, SINCE).lines).toEqual([line(SINCE)])
    const nothing = { code: 1, stdout: '', stderr: '' }
    expect(answerOfShell('cat a | grep b', nothing, SINCE).isAnswered).toBe(true)
    expect(answerOfShell('cat a', nothing, SINCE).isAnswered).toBe(false)
    expect(answerOfShell('curl -s a', { ...nothing, code: 7 }, SINCE).isAnswered).toBe(true)
  })

  it('of a process that is down is not 200, and its series is 0', () => {
    const shell = answerOfShell('curl -s a', { code: 7, stdout: '000\n', stderr: '' }, SINCE)
    expect([isContrary('api-answers', shell), isContrary('api-answers', answerOfPrometheus([0]))]).toEqual([
      true,
      true,
    ])
    expect(isContrary('api-answers', answerOfPrometheus([1]))).toBe(false)
  })
})
