import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Analysis, analyse, type Judged, judge } from '../../tools/logging-report/analysis.ts'
import { withoutLineNumbers, writeDocument } from '../../tools/logging-report/document.ts'
import { FINDING_KINDS, type Finding } from '../../tools/logging-report/finding.ts'
import { showPlace } from '../../tools/logging-report/place.ts'
import { openProject, type Project } from '../../tools/logging-report/project.ts'
import { countRooms, listSources } from '../../tools/logging-report/rooms.ts'
import { HANDLERS, PLANTS, type Plant } from './logging-plants.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const REPORT = 'docs/audit-report.md'

const show = ({ kind, place, within, subject }: Finding) =>
  `${kind} at ${showPlace(place)} in ${within}: ${subject}`

let onDisk: readonly string[]
let project: Project
let analysis: Analysis
let judged: Judged
beforeAll(() => {
  onDisk = listSources(ROOT)
  project = openProject(ROOT)
  analysis = analyse(project)
  judged = judge(analysis)
})

describe('the audit report', () => {
  it('has read every file of every room', () => {
    const rooms = countRooms(project, onDisk)
    expect(rooms.length).toBeGreaterThan(10)
    expect(rooms.reduce((sum, { production, tests }) => sum + production + tests, 0)).toBe(onDisk.length)
  })

  it('is not written when a file on the disk was not read, or one was read that is not there', () => {
    expect(() => countRooms(project, [...onDisk, 'src/marking/forgotten.ts'])).toThrow('forgotten.ts')
    expect(() => countRooms(project, onDisk.slice(1))).toThrow('read')
    const oneForAnother = [...onDisk.slice(1), 'src/marking/forgotten.ts']
    expect(() => countRooms(project, oneForAnother)).toThrow('forgotten.ts')
  })

  it('has seen the code: calls, fields, caught errors, looks at sensitive values, events, metrics', () => {
    expect(analysis.calls.length).toBeGreaterThan(50)
    expect(analysis.fields.size).toBeGreaterThan(30)
    expect(analysis.catches.length).toBeGreaterThan(80)
    expect(analysis.reveals.length).toBeGreaterThan(10)
    expect(analysis.correlation.triggers.length).toBeGreaterThan(8)
    expect(analysis.metrics.length).toBeGreaterThan(20)
  })

  it('follows the calls from a job and an event back to where their request id begins', () => {
    const reaches = (within: string) =>
      analysis.correlation.triggers.find((trigger) => trigger.within === within)?.reachedFrom
    expect(reaches('startJob')).toEqual(['route'])
    expect(reaches('addAccount')).toEqual(['makeAdmin', 'route', 'runUserAdd'])
    expect(reaches('recordImportFailure')).toEqual(['job', 'lost job', 'scheduled task'])
  })

  it('finds nothing that nobody has accepted with a reason', () => {
    expect(judged.open.map(show)).toEqual([])
  })

  it('accepts nothing that is not there any more', () => {
    expect(judged.stale).toEqual([])
  })

  it('notices what was accepted and is gone, and accepts one finding with one entry', () => {
    const [finding] = analysis.findings
    const { kind, within, subject, place } = finding as Finding
    const entry = { kind, within, subject, file: place.file, reason: 'Planted.' }
    const twice = { findings: [finding as Finding, finding as Finding], writers: [] }
    expect(judge(twice, { accepted: [entry], writers: {} })).toMatchObject({ open: [finding], stale: [] })
    const gone = judge({ findings: [], writers: [] }, { accepted: [entry], writers: { 'src/x.ts': 'x' } })
    expect(gone.stale).toEqual([expect.stringContaining(subject), 'src/x.ts'])
  })

  it('is up to date: "npm run report:logging" writes it', () => {
    const text = writeDocument(analysis, judged, countRooms(project, onDisk))
    const written = readFileSync(join(ROOT, REPORT), 'utf8')
    expect(withoutLineNumbers(written)).toBe(withoutLineNumbers(text))
  })

  it('stays up to date when code moves by some lines, unless a finding does', () => {
    const text = (call: number, finding: number) =>
      `## Findings\n\n- \`queue/run.ts:${finding}\`\n\n## 1. State\n\n| \`run.ts:${call}\` ${' '.repeat(call)}|\n`
    expect(withoutLineNumbers(text(9, 5))).toBe(withoutLineNumbers(text(100, 5)))
    expect(withoutLineNumbers(text(9, 5))).not.toBe(withoutLineNumbers(text(9, 6)))
  })

  it('names no machine and no day', () => {
    const text = writeDocument(analysis, judged, countRooms(project, onDisk))
    expect(text).not.toContain(ROOT)
    expect(text).not.toMatch(/\b20\d\d-\d\d-\d\d\b/)
  })
})

describe('what is planted', () => {
  let planted: Analysis
  let found: readonly Finding[]
  beforeAll(() => {
    const texts = Object.fromEntries(PLANTS.map((plant) => [plant.file, textOf(plant)]))
    planted = analyse(openProject(ROOT, { ...texts, [HANDLERS.file]: HANDLERS.source }, project))
    const known = new Set(analysis.findings.map(keyOf))
    found = planted.findings.filter((finding) => !known.has(keyOf(finding)))
  })

  const keyOf = ({ kind, place, within, subject }: Finding) => [kind, place.file, within, subject].join('\n')

  function textOf({ file, source }: Plant): string {
    if (typeof source === 'string') return source
    const text = readFileSync(join(ROOT, file), 'utf8')
    expect(text).toContain(source.replace)
    return text.replaceAll(source.replace, source.by)
  }

  it('is judged by what becomes of the error', () => {
    const handlers = planted.catches.filter(({ place }) => place.file === HANDLERS.file)
    expect(handlers.map(({ deeds }) => deeds)).toEqual(HANDLERS.deeds)
  })

  it.each(PLANTS)('is found: $kind in $file', ({ kind, file, foundIn = file }) => {
    const kinds = found.filter(({ place }) => place.file === foundIn).map((finding) => finding.kind)
    expect(kinds).toContain(kind)
  })

  it('is there for each kind of finding, and nothing else is found', () => {
    const wanted = new Set(PLANTS.map(({ kind, file, foundIn = file }) => `${kind} ${foundIn}`))
    expect(new Set(found.map(({ kind, place }) => `${kind} ${place.file}`))).toEqual(wanted)
    expect(new Set(PLANTS.map(({ kind }) => kind))).toEqual(new Set(Object.keys(FINDING_KINDS)))
  })
})
