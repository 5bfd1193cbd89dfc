import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApp, type TestApp } from '../../test/support/app.ts'
import type { TestClient } from '../../test/support/client.ts'
import { type BuiltCopy, type CopyWorkshop, openCopyWorkshop } from '../../test/support/copy-in-state.ts'
import { runAs } from '../../test/support/database.ts'
import { COPY_STATUSES, type CopyStatus } from '../copies/contract.ts'
import { MOVED_WITHOUT_EVENT } from './moved-copies.ts'
import { askRows } from './store.ts'

describe('copies that moved without an event', () => {
  let app: TestApp
  let workshop: CopyWorkshop
  let marker: TestClient
  const copies = new Map<CopyStatus, BuiltCopy>()
  beforeAll(async () => {
    app = await openTestApp({ worker: false })
    workshop = await openCopyWorkshop(app, await app.signIn('admin'))
    marker = await app.signIn('marker')
    for (const status of COPY_STATUSES) copies.set(status, await workshop.make({ status, marker }))
  })
  afterAll(async () => {
    await workshop?.close()
    await app?.close()
  })

  const copyOf = (status: CopyStatus) => copies.get(status)?.copyId ?? expect.fail(status)
  const find = () => askRows(app.services.db, MOVED_WITHOUT_EVENT)
  const gauge = async () => {
    await app.collectGauges()
    return app.metric('audit_replay_findings')
  }
  /** What is found while it is so; afterwards all is as before. */
  async function whileTampered(statement: string, undo: string) {
    const unguarded = (one: string) =>
      runAs(
        app.database.ownerUrl,
        `alter table copy disable trigger all; ${one}; alter table copy enable trigger all`,
      )
    await unguarded(statement)
    const found = await find()
    const shown = await gauge()
    await unguarded(undo)
    return { found, shown }
  }

  it('are none when every state was come to with its events, and so says the metric', async () => {
    expect(await find()).toEqual([])
    expect(await gauge()).toBe(0)
  })

  it.each(
    COPY_STATUSES.filter((status) => status !== 'GRADING_IN_PROGRESS').flatMap((from) =>
      COPY_STATUSES.filter((to) => to !== from && to !== 'GRADING_IN_PROGRESS').map((to) => ({ from, to })),
    ),
  )('are found when SQL made $to of $from', async ({ from, to }) => {
    const copy = copyOf(from)
    const set = (status: string) => `update copy set status = '${status}' where id = '${copy}'`
    const { found, shown } = await whileTampered(set(to), set(from))
    expect(found).toMatchObject([{ copy, status: to }])
    expect(shown).toBe(1)
    expect(await find()).toEqual([])
  })

  it('are found when a lock is gone, or a row says that it has taken fewer places than there are events', async () => {
    const locked = copyOf('LOCKED')
    const where = `where id = '${locked}'`
    const back = await whileTampered(
      `update copy set event_seq = event_seq - 1 ${where}`,
      `update copy set event_seq = event_seq + 1 ${where}`,
    )
    expect(back.found).toMatchObject([{ copy: locked, places: 2, events: 3 }])
    await runAs(
      app.database.ownerUrl,
      `alter table copy_lock disable trigger all; delete from copy_lock where copy_id = '${locked}'`,
    )
    expect(await find()).toMatchObject([{ copy: locked, status: 'LOCKED' }])
  })

  it('cannot be told of a copy whose event is not in the table', async () => {
    const ready = copyOf('READY')
    const set = (status: string, by: string) =>
      `update copy set status = '${status}', event_seq = event_seq ${by} where id = '${ready}'`
    const { found } = await whileTampered(set('GRADED', '+ 1'), set('READY', '- 1'))
    expect(found.filter(({ copy }) => copy === ready)).toEqual([])
  })
})
