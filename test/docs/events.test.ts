import { describe, expect, it } from 'vitest'
import { ACTIONS, FROZEN_ACTIONS } from '../../src/audit/actions.ts'
import { writeEventsPage } from './events-page.ts'

describe('the events', () => {
  it('are told in docs/events.md', async () => {
    await expect(writeEventsPage()).toMatchFileSnapshot('../../docs/events.md')
  })

  it('have each its section, with every member', () => {
    const sections = new Map(
      writeEventsPage()
        .split('\n### ')
        .slice(1)
        .map((section) => [section.split('\n')[0], section]),
    )
    expect([...sections.keys()].sort()).toEqual(Object.keys(ACTIONS).sort())
    for (const [action, { clear, sealed }] of Object.entries(ACTIONS)) {
      const names = [...Object.keys(clear.shape), ...Object.keys(sealed.shape)]
      const section = sections.get(action) ?? expect.fail(action)
      expect([...section.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name)).toEqual(names)
    }
  })

  it('that are frozen have kept their names and their members', () => {
    const members = FROZEN_ACTIONS.map((action) => {
      const { clear, sealed } = ACTIONS[action]
      return [action, Object.keys({ ...clear.shape, ...sealed.shape })]
    })
    expect(Object.fromEntries(members)).toMatchObject({
      IMPORT: expect.arrayContaining(['filename', 'pages', 'success']),
      CREATE_ANN: expect.arrayContaining(['annotation_id', 'page']),
      FINALIZE: expect.arrayContaining(['final_score', 'retries', 'success', 'error_code']),
    })
  })
})
