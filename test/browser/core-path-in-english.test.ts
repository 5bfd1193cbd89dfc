import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD } from '../support/app.ts'
import { awaitGrading } from '../support/builders.ts'
import { expectAccessible } from './support/accessible.ts'
import { type MarkingScene, openMarkingScene, SCENE_PATIENCE_MS } from './support/marking-scene.ts'

/** Words of the French screens that no English one has. */
const FRENCH =
  /\b(Copies?\s(?:corrigée|à corriger)|Terminer|Enregistré|Épreuve|Réservée|Correcteur|Déconn|Notes?\s:|Sans note)/

describe('a marker who reads English', () => {
  let scene: MarkingScene
  let page: Page
  beforeAll(async () => {
    scene = await openMarkingScene({ copies: 2 })
    page = await scene.world.newPage({ locale: 'en-GB' })
  }, SCENE_PATIENCE_MS)
  afterAll(() => scene?.close())

  const expectEnglish = async () => {
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    expect(await page.locator('#root').textContent()).not.toMatch(FRENCH)
    await expectAccessible(page)
  }

  it('comes from signing in to the last finished copy, and the trail has each step', async () => {
    await page.goto('/')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await expectEnglish()
    await page.getByLabel('Email address').fill(scene.marker.email)
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'My copies' }).waitFor()
    await page.getByText('2 copies are waiting for you.').waitFor()
    await expectEnglish()
    await page.getByRole('link', { name: 'Start marking' }).click()
    const finished: string[] = []
    for (const name of ['Finish, go to next', 'Finish']) {
      await page.locator('[data-lease=held]').waitFor()
      finished.push(new URL(page.url()).pathname)
      for (const points of ['2.5', '4.25', '10']) {
        await page.keyboard.type(points)
        await page.keyboard.press('Enter')
      }
      expect(await page.locator('[data-total]').textContent()).toBe('16.75 / 20')
      await page.getByText('Page 2 not seen.').waitFor()
      await expectEnglish()
      await page.locator('#stage').focus()
      await page.keyboard.press('j')
      await page.locator('#finish-reasons').waitFor({ state: 'detached' })
      await page.getByRole('button', { name, exact: true }).click()
      await page.waitForURL((url) => url.pathname !== finished.at(-1))
    }
    await page.getByRole('heading', { name: 'My copies' }).waitFor()
    await page.getByText('No copy is waiting for you.').waitFor()
    await expectEnglish()
    for (const path of finished) {
      expect(await awaitGrading(scene.marker, `/api${path}`)).toMatchObject({ status: 'GRADED' })
      const trail = await scene.trailOf(path.split('/').at(-1) ?? '')
      expect(trail.map(({ action }) => action)).toEqual([
        ...['LOCK', 'SCORE', 'SCORE', 'SCORE', 'FINALIZE_REQUEST', 'FINALIZE'],
      ])
    }
  })
})
