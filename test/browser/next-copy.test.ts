import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MarkingScene, openMarkingScene, SCENE_PATIENCE_MS } from './support/marking-scene.ts'
import { takeCookie } from './support/settle.ts'

describe('from one copy to the next', () => {
  let scene: MarkingScene
  let page: Page
  beforeAll(async () => {
    scene = await openMarkingScene({ copies: 3 })
    const copyId = scene.takeCopy()
    page = await scene.world.newPage()
    await page.clock.install()
    await takeCookie(page.context(), scene.world.app.url, scene.marker.cookie)
    // Its first image is asked for once everything else of it is there.
    const fetchedAhead = page.waitForResponse(
      (answer) => /\/pages\/1\?size=screen/.test(answer.url()) && !answer.url().includes(copyId),
    )
    await page.goto(`/copies/${copyId}`)
    await page.locator('[data-lease=held]').waitFor()
    await fetchedAhead
  }, SCENE_PATIENCE_MS)
  afterAll(() => scene?.close())

  const copyShown = () => new URL(page.url()).pathname
  const arrive = async (left: string) => {
    await page.waitForURL((url) => url.pathname !== left && url.pathname.startsWith('/copies/'))
    await page.locator('[data-lease=held]').waitFor()
  }

  it('nothing is drawn anew, however long the first one took; one is on the page, as near as before', async () => {
    await page.clock.fastForward(45_000)
    await page.keyboard.press('z')
    await page.locator('#tools').evaluate((tools) => tools.setAttribute('data-was-there', ''))
    await page.keyboard.press('1')
    const left = copyShown()
    await page.keyboard.press('Shift+J')
    await arrive(left)
    expect(await page.locator('#tools[data-was-there]').textContent()).toContain('125 %')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('stage')
    expect(await page.locator('[data-total]').textContent()).toBe('0 / 20')
  })

  it('what is being finished is not left before it is', async () => {
    for (const _ of [1, 2, 3]) {
      await page.keyboard.press('1')
      await page.keyboard.press('Enter')
    }
    await page.locator('#stage').focus()
    await page.keyboard.press('j')
    await page.locator('#finish-reasons').waitFor({ state: 'detached' })
    let letGo: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    await page.route('**/finalize', async (route) => {
      await held
      await route.continue()
    })
    const left = copyShown()
    const asked = page.waitForRequest('**/finalize')
    await page.keyboard.press('Control+Enter')
    await asked
    await page.keyboard.press('Shift+J')
    expect(copyShown()).toBe(left)
    letGo()
    await arrive(left)
    expect(await page.locator('[data-announcer]').textContent()).toContain('Copie terminée.')
    expect(await page.locator('#finish').textContent()).not.toContain('…')
  })
})
