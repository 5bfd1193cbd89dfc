import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AuditEventView } from '../../src/audit/contract.ts'
import { countEdits, groupEvents } from '../../web/console/group-events.ts'
import { parseBlocks, parseInline } from '../../web/console/markdown.ts'
import { formatSpan } from '../../web/console/span.ts'

const event = (id: number, action: string, ref: string | null = 'a'): AuditEventView => ({
  id: String(id),
  stream: { kind: 'copy', ref: 's' as never },
  seq: id,
  action,
  actor: { kind: 'user', ref: ref as never },
  examRef: null,
  requestId: 'request-1',
  occurredAt: '2026-01-01T00:00:00.000Z',
  metadata: {},
})

describe('a timeline', () => {
  it('gathers the edits of one person in a row, and leaves few as they are', () => {
    const events = [
      'LOCK',
      'CREATE_ANN',
      'SCORE',
      'CREATE_ANN',
      'DELETE_ANN',
      'REMARK',
      'UNLOCK',
      'SCORE',
      'SCORE',
    ].map((action, at) => event(at, action))
    const rows = groupEvents(events)
    expect(rows.map((row) => (row.kind === 'event' ? row.event.action : row.events.length))).toEqual([
      ...['LOCK', 5, 'UNLOCK', 'SCORE', 'SCORE'],
    ])
    const gathered = rows[1]?.kind === 'edits' ? countEdits(rows[1].events) : undefined
    expect(gathered).toEqual({ added: 2, changed: 0, removed: 1, scores: 1, remarks: 1 })
  })

  it('keeps the edits of two people apart', () => {
    const events = ['a', 'a', 'a', 'b', 'b', 'b'].map((ref, at) => event(at, 'SCORE', ref))
    expect(groupEvents(events)).toHaveLength(2)
  })
})

describe('a span of time', () => {
  it.each([
    [0, '0 s'],
    [0.042, '42 ms'],
    [6.24, '6,2 s'],
    [95, '95 s'],
    [840, '14 min'],
    [10_800, '3 h'],
    [172_800, '2 j'],
  ])('of %d s is said in its unit', (seconds, said) => {
    expect(formatSpan(seconds, 'fr').replace(/[\u00a0\u202f]/g, ' ')).toBe(said)
  })
})

describe('a page of the playbook', () => {
  const folder = resolve(import.meta.dirname, '../../docs/playbook')

  it('is cut into headings, code, lists, tables and paragraphs, and loses no word of them', () => {
    for (const file of globSync('*/*.md', { cwd: folder })) {
      const page = readFileSync(resolve(folder, file), 'utf8')
      const told = parseBlocks(page)
        .flatMap((block) => {
          if (block.kind === 'list') return block.items
          return block.kind === 'table' ? [...block.head, ...block.rows.flat()] : [block.text]
        })
        .join(' ')
      for (const word of page.replace(/<!--.*-->|<a id="[^"]*"><\/a>|```\w*/g, '').match(/\p{L}{4,}/gu) ??
        []) {
        expect(told, file).toContain(word)
      }
      expect(told).not.toMatch(/<!--|<a id=/)
    }
  })

  it('has links, code and words that weigh', () => {
    expect(parseInline('see [the page](incident.md) or `paraph doctor`, **now**.')).toEqual([
      { kind: 'text', text: 'see ' },
      { kind: 'link', text: 'the page', to: 'incident.md' },
      { kind: 'text', text: ' or ' },
      { kind: 'code', text: 'paraph doctor' },
      { kind: 'text', text: ', ' },
      { kind: 'strong', text: 'now' },
      { kind: 'text', text: '.' },
    ])
  })
})
