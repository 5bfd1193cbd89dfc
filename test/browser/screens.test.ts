import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SCREENS } from './screens/list.ts'
import { expectAccessible, expectReflow } from './support/accessible.ts'
import { openScreenScene, type ScreenScene } from './support/screen-scene.ts'

/** What differs from run to run. */
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

/** What every screen says in both languages, and that everybody can use it; `screens.long.test.ts` has every appearance. */
describe('every screen', () => {
  let scene: ScreenScene
  beforeAll(async () => {
    scene = await openScreenScene()
  })
  afterAll(() => scene?.close())

  it.each(SCREENS)('$name', async (screen) => {
    for (const language of ['fr', 'en'] as const) {
      const page = await scene.open(screen, language)
      expect(await page.locator('html').getAttribute('lang')).toBe(language)
      expect(await page.title()).toMatch(/^.+ – Paraph$/)
      expect(await page.locator('h1').count()).toBe(1)
      await expect(normalise(await page.locator('body').ariaSnapshot())).toMatchFileSnapshot(
        `aria/${screen.name}.${language}.aria`,
      )
      if (language === 'fr') {
        await expectAccessible(page)
        await expectReflow(page)
      }
      await page.context().close()
    }
  })
})
