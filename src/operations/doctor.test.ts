import { describe, expect, it } from 'vitest'
import { diagnose, exitCodeOf } from './doctor.ts'
import { formatDiagnosis } from './doctor-text.ts'
import { metricProbe, processProbe, type Sources, sqlProbe } from './probes.ts'
import { blameRows, type Cause, defineScenario, type Scenario } from './scenarios/scenario.ts'

/** As the driver calls what the server refuses. */
class DatabaseError extends Error {}

const SAYS = { fr: 'Une phrase.', en: 'A sentence.' }
const stuck = sqlProbe<{ copy: string }>(
  'stuck',
  "select id as copy from copy where updated_at < now() - interval '15 minutes'",
)
const depth = metricProbe('depth', 'worker', { metric: 'queue_depth', labels: { queue: 'a' } }, 'sum')

const action = {
  command: 'paraph repair undo --copy {copy}',
  verify: 'paraph trace {copy}',
  does: SAYS,
  risk: SAYS,
  undo: { fr: 'paraph repair do --copy {copy}', en: 'paraph repair do --copy {copy}' },
}
const cause = (id: string, changes: Partial<Cause> = {}): Cause => ({
  id,
  title: SAYS,
  probes: [stuck],
  judge: (seen) => blameRows(stuck, 50, seen.of(stuck)),
  actions: [action],
  ...changes,
})
const scenario = (...causes: Cause[]): Scenario =>
  defineScenario({ id: 'import-stuck', title: SAYS, alerts: [], causes })

function sources(changes: Partial<Sources> = {}): Sources {
  return {
    rows: async () => [],
    samples: async () => [],
    lines: async () => [],
    newest: async () => undefined,
    freeBytes: async () => 1e12,
    windowSeconds: 900,
    ...changes,
  } as Sources
}
const COPIES = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7'].map((copy) => ({ copy }))

describe('the doctor', () => {
  it('has nothing to say of what is as it should be', async () => {
    const diagnosis = await diagnose(sources(), [scenario(cause('one'))])
    expect(diagnosis).toMatchObject({ findings: [], unreached: [], probes: 1 })
    expect(exitCodeOf(diagnosis)).toBe(0)
  })

  it('names the heaviest cause first', async () => {
    const light = cause('light', { judge: () => ({ weight: 10, evidence: [] }) })
    const heavy = cause('heavy', { judge: () => ({ weight: 90, evidence: [] }) })
    const diagnosis = await diagnose(sources(), [scenario(light, heavy)])
    expect(diagnosis.findings.map(({ cause }) => cause)).toEqual(['heavy', 'light'])
    expect(exitCodeOf(diagnosis)).toBe(1)
  })

  it('puts what a cause explains behind it, however heavy it is', async () => {
    const effect = cause('effect', { judge: () => ({ weight: 99, evidence: [] }) })
    const root = cause('root', { judge: () => ({ weight: 5, evidence: [] }), explains: ['effect'] })
    const { findings } = await diagnose(sources(), [scenario(effect, root)])
    expect(findings).toMatchObject([
      { cause: 'root', explainedBy: [] },
      { cause: 'effect', explainedBy: ['root'] },
    ])
  })

  it('writes the commands out for what was found, for five of many', async () => {
    const { findings } = await diagnose(sources({ rows: async () => COPIES }), [scenario(cause('one'))])
    const commands = findings[0]?.actions.map(({ command }) => command)
    expect(commands).toEqual(
      ['c1', 'c2', 'c3', 'c4', 'c5'].map((copy) => `paraph repair undo --copy ${copy}`),
    )
    expect(findings[0]?.actions[0]).toMatchObject({
      verify: 'paraph trace c1',
      undo: { en: 'paraph repair do --copy c1' },
    })
    expect(findings[0]?.evidence).toEqual([{ probe: 'stuck', expected: 'none', found: COPIES }])
  })

  it('prints no command that lacks what it is about', async () => {
    const make = { ...action, command: 'df -h' }
    const low = cause('low', { judge: () => ({ weight: 1, evidence: [] }), actions: [make, action] })
    const { findings } = await diagnose(sources(), [scenario(low)])
    expect(findings[0]?.actions.map(({ command }) => command)).toEqual(['df -h'])
  })

  it('asks a probe of several causes once, and looks back as far as it is told', async () => {
    const asked: string[] = []
    const rows = async (text: string) => {
      asked.push(text)
      return []
    }
    await diagnose(sources({ rows, windowSeconds: 60 }), [scenario(cause('one'), cause('two'))])
    expect(asked).toEqual(["select id as copy from copy where updated_at < now() - interval '60 seconds'"])
  })

  it('says what it could not ask, and judges by the rest', async () => {
    const failing = async () => {
      throw Object.assign(new Error('zzq7'), { code: 'ECONNREFUSED' })
    }
    const byMetric = cause('metric', {
      probes: [depth],
      judge: (seen) => (seen.of(depth) === 3 ? { weight: 1, evidence: [] } : undefined),
    })
    const samples = async () => [
      { name: 'queue_depth', labels: { queue: 'a', state: 'waiting' }, value: 1 },
      { name: 'queue_depth', labels: { queue: 'a', state: 'active' }, value: 2 },
      { name: 'queue_depth', labels: { queue: 'b', state: 'active' }, value: 4 },
    ]
    const both = [scenario(cause('one'), byMetric)]
    const diagnosis = await diagnose(sources({ rows: failing, samples }), both)
    expect(diagnosis.findings.map(({ cause }) => cause)).toEqual(['metric'])
    expect(diagnosis.unreached).toEqual([{ source: 'database', code: 'econnrefused' }])
    const blind = await diagnose(sources({ rows: failing }), [scenario(cause('one'))])
    expect([blind.findings, exitCodeOf(blind)]).toEqual([[], 3])
  })

  it('takes no word of whether a process is there for an answer of its metrics', async () => {
    const silent = async () => {
      throw new Error('zzq7')
    }
    const both = cause('both', { probes: [depth, processProbe('answers', 'worker')] })
    const diagnosis = await diagnose(sources({ samples: silent, presence: async () => 'refused' }), [
      scenario(both),
    ])
    expect(diagnosis.unreached).toEqual([{ source: 'worker-metrics', code: null }])
  })

  it('names the probe that failed where its source answered others, and the source where none did', async () => {
    const broken = sqlProbe('broken', 'select zzq7')
    const other = sqlProbe('other', 'select zzq8')
    const rows = async (text: string) => {
      if (text === 'select zzq7') throw Object.assign(new DatabaseError('zzq7'), { code: '42501' })
      return []
    }
    const one = cause('one', { probes: [stuck, broken] })
    const diagnosis = await diagnose(sources({ rows }), [scenario(one)])
    expect(diagnosis.unreached).toEqual([{ source: 'database', probe: 'broken', code: '42501' }])
    const text = formatDiagnosis(diagnosis, (_, words) => words)
    expect(text).toContain('\n  could not be asked: database, broken (42501)')
    expect(text).not.toContain('zzq7')
    expect(exitCodeOf(diagnosis)).toBe(3)
    const failing = async () => {
      throw Object.assign(new Error('zzq7'), { code: 'ECONNREFUSED' })
    }
    const both = cause('both', { probes: [broken, other] })
    const blind = await diagnose(sources({ rows: failing }), [scenario(both)])
    expect(blind.unreached).toEqual([{ source: 'database', code: 'econnrefused' }])
  })

  it('does not wait for what does not answer', async () => {
    const diagnosis = await diagnose(sources({ rows: () => new Promise(() => undefined) }), [
      scenario(cause('one')),
    ])
    expect(diagnosis.unreached).toEqual([{ source: 'database', code: null }])
  })

  it('tells a person the cause, what was found, what to do, and how to see that it helped', async () => {
    const diagnosis = await diagnose(sources({ rows: async () => COPIES }), [scenario(cause('one'))])
    const text = formatDiagnosis({ ...diagnosis, durationMs: 7 }, (_, words) => words)
    expect(text).toMatch(/^1 cause found \(1 probes, 7 ms\)\n\n1\. A sentence\. {2}\[import-stuck \/ one\]\n/)
    expect(text).toContain('   stuck: expected none, found 7\n     copy=c1\n')
    expect(text).toContain('     and 2 more\n   do      paraph repair undo --copy c1\n')
    expect(text).toContain('   verify  paraph trace c1\n')
  })
})
