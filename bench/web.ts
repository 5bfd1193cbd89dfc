import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { buildWeb } from '../src/bin/build-web.ts'
import { launchChromium } from '../test/browser/support/chromium.ts'
import { takeCookie } from '../test/browser/support/settle.ts'
import { importScan } from '../test/support/builders.ts'
import { makeScan } from '../test/support/scans.ts'
import { openInstallation } from './import/installation.ts'
import { median, numberAfter, quantile, report } from './measure.ts'

// What a marker waits for on the workbench: from a key to the next frame after what it asks for is there. The processor of
// the page is slowed down, as a school's laptop is beside this machine.

const ROUNDS = numberAfter('--rounds', 20)
const THROTTLE = numberAfter('--throttle', 4)
const COPIES = numberAfter('--copies', 8)
const PAGES = 4
/** Neighbours and the next copy are fetched while a marker reads. */
const READING_MS = 1_500

type Key = { readonly key: string; readonly code?: string; readonly shiftKey?: boolean }

/** Milliseconds from a key until the page shows something else in `shown`, painted. */
function timeKey(page: Page, pressed: Key, shown: string): Promise<number> {
  return page.evaluate(
    async ({ key, code = '', shiftKey = false, selector }) => {
      const look = () => {
        const element = document.querySelector(selector)
        const image = document.querySelector<HTMLImageElement>('[data-page] img')
        const isThere = !selector.includes('data-page') || image?.complete
        return isThere
          ? (element?.getAttribute('data-page') ?? '') + element?.textContent + location.pathname
          : null
      }
      const before = look()
      const begun = performance.now()
      const target = document.activeElement ?? document.body
      target.dispatchEvent(
        new KeyboardEvent('keydown', { key, code, shiftKey, bubbles: true, cancelable: true }),
      )
      for (let now = look(); now === null || now === before; now = look()) {
        await new Promise((resolve) => requestAnimationFrame(resolve))
      }
      // The frame in which it is painted has ended once a task of the next one runs.
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
      return performance.now() - begun
    },
    { ...pressed, selector: shown },
  )
}

if (!(await buildWeb((step) => process.stderr.write(`${step}\n`))))
  throw new Error('the screens cannot be built')
const installation = await openInstallation()
const browser = await launchChromium()
try {
  const { staff, url } = installation
  const scan = await makeScan(COPIES, PAGES)
  const { batch } = await importScan(staff, { scan, pagesPerCopy: PAGES })
  for (const id of batch.copies) await staff.admin.post(`/api/copies/${id}/validate`)
  await staff.admin.post(`/api/exams/${staff.examId}/dispatch`)
  const [first] = (await staff.marker.get('/api/my/copies?status=READY')).body.copies

  const context = await browser.newContext({
    baseURL: url,
    locale: 'fr-FR',
    viewport: { width: 1_280, height: 800 },
  })
  await takeCookie(context, url, staff.marker.cookie)
  const page = await context.newPage()
  await page.goto(`/copies/${first.id}`)
  await page.locator('[data-lease=held]').waitFor()
  const cdp = await context.newCDPSession(page)
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: THROTTLE })
  await sleep(READING_MS)

  const flips: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    flips.push(await timeKey(page, { key: round % 2 === 0 ? 'j' : 'k' }, '[data-page]'))
    await sleep(200)
  }
  const scores: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    scores.push(await timeKey(page, { key: 'x', code: `Digit${1 + (round % 2)}` }, '[data-total]'))
    await page.locator(':focus').evaluate((field) => (field as HTMLInputElement).select())
  }
  await page.keyboard.press('Escape')
  const copies: number[] = []
  for (let round = 0; round < COPIES - 1; round += 1) {
    await sleep(READING_MS)
    copies.push(await timeKey(page, { key: 'J', shiftKey: true }, '[data-page]'))
    await page.locator('[data-lease=held]').waitFor()
  }
  const row = (what: string, values: readonly number[], goalMs: number) => ({
    what,
    goalMs,
    medianMs: median(values).toFixed(1),
    p75Ms: quantile(values, 0.75).toFixed(1),
    p95Ms: quantile(values, 0.95).toFixed(1),
    times: values.length,
  })
  report({
    ratios: {
      'page flip, p75 over its goal': quantile(flips, 0.75) / 50,
      'key to visible score, p75 over its goal': quantile(scores, 0.75) / 50,
      'next copy, p75 over its goal': quantile(copies, 0.75) / 100,
    },
    settings: { throttle: `${THROTTLE}x`, pages: String(PAGES) },
    rows: [
      row('page flip', flips, 50),
      row('key to visible score', scores, 50),
      row('next copy', copies, 100),
    ],
  })
} finally {
  await browser.close()
  await installation.close()
}
