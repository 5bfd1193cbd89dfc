import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** Expects that a screen is in a language, has its title and one heading, and says what it said before (`aria/`). */
export async function expectSaid(page: Page, name: string, language: 'fr' | 'en'): Promise<void> {
  expect(await page.locator('html').getAttribute('lang')).toBe(language)
  expect(await page.title()).toMatch(/^.+ – Paraph$/)
  expect(await page.locator('h1').count()).toBe(1)
  await expect(normalise(await page.locator('body').ariaSnapshot())).toMatchFileSnapshot(
    `aria/${name}.${language}.aria`,
  )
}

/** Without what differs from run to run. */
function normalise(snapshot: string): string {
  return snapshot
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
    .replace(/[0-9A-Z]{4}-[0-9A-Z]{4}/g, 'COPY-CODE')
    .replace(/…[0-9a-f]{8}/g, 'ID')
    .replace(/\d{1,2} \p{L}+\.? \d{4}/gu, 'DAY')
    .replace(/\d\d:\d\d:\d\d (?:UTC|GMT|CES?T)\S*/g, 'TIME')
    .replace(/[\d.,]+[\s\u00a0\u202f](?:ms|secs?|mins?|hrs?|[smhj])(?![\p{L}])/gu, 'SPAN')
    .replace(/(n°|no\.) \d+/g, '$1 N')
    .replace(/\d+ (questions|événements|events|event)/g, 'N $1')
}
