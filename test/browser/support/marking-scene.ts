import type { BrowserContextOptions, Page } from 'playwright-core'
import { eventsOf, importScan, makeExamWith, type Staff } from '../../support/builders.ts'
import type { SignedIn } from '../../support/client.ts'
import { makeScan } from '../../support/scans.ts'
import { type BrowserApp, openBrowser } from './open-browser.ts'
import { takeCookie } from './settle.ts'

export type MarkingScene = {
  readonly world: BrowserApp
  readonly staff: Staff
  readonly marker: SignedIn
  /** Copies of two pages that nobody has opened yet; each call gives the next. */
  takeCopy(): string
  /** Opens a copy as its marker, in a browser of its own, and waits until it may be marked. */
  open(copyId: string, options?: BrowserContextOptions): Promise<Page>
  /** What the audit trail of a copy says, without what was before it was opened. */
  trailOf(copyId: string): Promise<readonly TrailEvent[]>
  close(): Promise<void>
}
/** A build, an import and a browser, on a machine that has other things to do. */
export const SCENE_PATIENCE_MS = 300_000

export type TrailEvent = { readonly action: string; readonly metadata: Readonly<Record<string, unknown>> }

/** An exam of three questions (3 by 0.5, 5 by 0.25, 12 by 1) with copies for one marker, and browsers to mark them in. */
export async function openMarkingScene(options: {
  copies: number
  lockSeconds?: number
}): Promise<MarkingScene> {
  const world = await openBrowser(options.lockSeconds ? { lockSeconds: options.lockSeconds } : {})
  const marker = await world.app.signIn('marker')
  const staff = await makeExamWith(await world.app.signIn('admin'), marker)
  const scan = await makeScan(options.copies, 2)
  const { batch } = await importScan(staff, { scan, pagesPerCopy: 2 })
  for (const copyId of batch.copies) await staff.admin.post(`/api/copies/${copyId}/validate`)
  await staff.admin.post(`/api/exams/${staff.examId}/dispatch`)
  const { copies } = (await marker.get('/api/my/copies?status=READY')).body
  const waiting: string[] = copies.map(({ id }: { id: string }) => id)
  return {
    world,
    staff,
    marker,
    takeCopy: () => waiting.shift() ?? '',
    open: async (copyId, contextOptions) => {
      const page = await world.newPage(contextOptions)
      await takeCookie(page.context(), world.app.url, marker.cookie)
      await page.goto(`/copies/${copyId}`)
      await page.locator('[data-lease=held]').waitFor()
      return page
    },
    trailOf: async (copyId) => {
      const events: TrailEvent[] = await eventsOf(staff.admin, `/api/copies/${copyId}`)
      const opened = events.findIndex(({ action }) => action === 'LOCK')
      return events.slice(opened)
    },
    close: () => world.close(),
  }
}

/** Waits until everything that was done is on the server. */
export async function saved(page: Page): Promise<void> {
  await page.locator('[data-saving=saved]').waitFor()
}

/** Where a fraction of the page lies in the window. */
export async function placeOf(page: Page, x: number, y: number): Promise<{ x: number; y: number }> {
  const box = await page.locator('[data-page]').boundingBox()
  if (!box) throw new Error('no page is shown')
  return { x: box.x + x * box.width, y: box.y + y * box.height }
}
