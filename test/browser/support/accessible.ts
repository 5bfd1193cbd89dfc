import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/**
 * Expects of what a page shows now: nothing that axe objects to (WCAG 2.2 AA and good practice), and no target smaller
 * than 24 × 24 px.
 */
export async function expectAccessible(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelectorAll('[role=status] [aria-hidden]').length === 0)
  // By the protocol, since the policy of the page lets no script in.
  await page.evaluate(AXE)
  const { violations } = await page.evaluate<AxeResults, string[]>(
    (values) =>
      (globalThis as unknown as { axe: typeof import('axe-core') }).axe.run(document, {
        runOnly: { type: 'tag', values },
      }),
    RULES,
  )
  expect(
    violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`)),
  ).toEqual([])
  expect(await smallTargets(page)).toEqual([])
}

/** Links in a sentence may be as high as their line. */
function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('a, button, input, select, summary, [role=tab]')]
      .filter((element) => element.checkVisibility() && !element.closest('p') && !element.closest('.sr-only'))
      .map((element) => ({ element, box: (element.closest('label') ?? element).getBoundingClientRect() }))
      .filter(({ box }) => box.width < 24 || box.height < 24)
      .map(({ element, box }) => `${element.outerHTML.slice(0, 120)} ${box.width} × ${box.height}`),
  )
}

/** Expects that nothing is lost at the width of a small phone, and with text of twice its size. */
export async function expectReflow(page: Page): Promise<void> {
  const before = page.viewportSize()
  await page.setViewportSize({ width: 320, height: 640 })
  expect(await overflow(page), 'at 320 px').toEqual([])
  if (before) await page.setViewportSize(before)
  await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'))
  expect(await overflow(page), 'with text of 200 %').toEqual([])
  await page.evaluate(() => document.documentElement.style.removeProperty('font-size'))
}

/** What stands out of the window at its side, unless it lies in something that scrolls by itself. */
function overflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth
    const scrolls = (element: Element | null): boolean =>
      element !== null &&
      (/auto|scroll/.test(getComputedStyle(element).overflowX) || scrolls(element.parentElement))
    const out = [...document.body.querySelectorAll<HTMLElement>('*')].filter(
      (element) =>
        element.checkVisibility() &&
        !element.closest('.sr-only') &&
        element.getBoundingClientRect().right > width + 1 &&
        !scrolls(element.parentElement),
    )
    const page =
      document.documentElement.scrollWidth > width
        ? [`the page: ${document.documentElement.scrollWidth}`]
        : []
    return [...page, ...out.map((element) => element.outerHTML.slice(0, 120))]
  })
}

/** Presses Tab again and again; returns what has the focus each time, by role and name, until the page is left. */
export async function focusOrder(page: Page, limit = 40): Promise<string[]> {
  const order: string[] = []
  for (let presses = 0; presses < limit; presses += 1) {
    await page.keyboard.press('Tab')
    if (await page.evaluate(() => document.activeElement === document.body)) break
    const focused = await page.locator(':focus').ariaSnapshot()
    order.push(focused.split('\n')[0]?.replace(/^- /, '') ?? '')
  }
  return order
}
