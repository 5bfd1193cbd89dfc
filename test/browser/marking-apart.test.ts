import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectAccessible, expectReflow, focusOrder } from './support/accessible.ts'
import {
  type MarkingScene,
  openMarkingScene,
  placeOf,
  SCENE_PATIENCE_MS,
  saved,
} from './support/marking-scene.ts'
import { takeCookie } from './support/settle.ts'

/** Longer than what a test does offline takes, on a machine that has other things to do. */
const LOCK_SECONDS = 20
const PATIENCE_MS = 180_000

async function tickAt(page: Page, x: number, y: number): Promise<void> {
  const place = await placeOf(page, x, y)
  await page.mouse.move(place.x, place.y)
  await page.keyboard.press('y')
}

const scoreField = (page: Page, question: string) => page.getByRole('textbox', { name: question })

/** Another browser of the same marker on the same copy, whether it gets the lock or not. */
async function openBeside(scene: MarkingScene, copyId: string): Promise<Page> {
  const page = await scene.world.newPage()
  await takeCookie(page.context(), scene.world.app.url, scene.marker.cookie)
  await page.goto(`/copies/${copyId}`)
  await page.locator('[data-page]').waitFor()
  return page
}

describe('a copy marked without a network', () => {
  let scene: MarkingScene
  beforeAll(async () => {
    scene = await openMarkingScene({ copies: 2 })
  }, SCENE_PATIENCE_MS)
  afterAll(() => scene?.close())

  it('keeps thirty changes on the device, and sends each once and in order', async () => {
    const copyId = scene.takeCopy()
    const page = await scene.open(copyId)
    await page.context().setOffline(true)
    for (let change = 0; change < 15; change += 1) {
      await tickAt(page, 0.1 + change * 0.05, 0.2)
      await scoreField(page, 'Exercice 2').fill(String(change % 12))
      await page.keyboard.press('Enter')
      await page.locator('#stage').focus()
    }
    await page.getByText('Hors ligne – 30 modifications gardées sur cet appareil').waitFor()
    expect(await page.locator('[data-kind=tick]').count()).toBe(15)
    expect(await page.locator('#finish-reasons').textContent()).toContain('Hors ligne')
    await expectAccessible(page)
    expect(await scene.trailOf(copyId)).toHaveLength(1)

    await page.context().setOffline(false)
    await saved(page)
    const trail = (await scene.trailOf(copyId)).slice(1)
    expect(trail.map(({ action }) => action)).toEqual(
      Array.from({ length: 15 }, () => ['CREATE_ANN', 'SCORE']).flat(),
    )
    expect(new Set(trail.map(({ metadata }) => metadata['annotation_id'] ?? metadata['version'])).size).toBe(
      30,
    )
    expect(await page.locator('[data-announcer]').textContent()).toContain('Enregistré')
  })

  it('is not signed out over what is not sent, unless that is meant', async () => {
    const copyId = scene.takeCopy()
    const page = await scene.open(copyId)
    await page.route('**/annotations', (route) => route.abort())
    await tickAt(page, 0.5, 0.5)
    await page.locator('[data-saving=offline]').waitFor()
    await page.getByRole('link', { name: 'Mes copies' }).click()
    await page.getByText('1 modification à transmettre : ouvrez la copie.').waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Compte – Correction' }).click()
    await page.getByRole('button', { name: 'Se déconnecter' }).click()
    const warning = page.getByRole('dialog', { name: 'Tout n’est pas encore transmis' })
    await warning.getByText('En vous déconnectant vous la perdriez').waitFor()
    await expectAccessible(page)
    await page.unroute('**/annotations')
    const sent = page.waitForResponse(
      (answer) => answer.request().method() === 'POST' && answer.url().endsWith('/annotations'),
    )
    await warning.getByRole('link', { name: 'Ouvrir la copie' }).click()
    await sent
    await saved(page)
    expect((await scene.trailOf(copyId)).map(({ action }) => action)).toEqual(['LOCK', 'CREATE_ANN'])
    await page.getByRole('link', { name: 'Mes copies' }).click()
    await page.getByRole('button', { name: 'Compte – Correction' }).click()
    await page.getByRole('button', { name: 'Se déconnecter' }).click()
    await page.getByRole('heading', { name: 'Connexion' }).waitFor()
  })
})

describe('two browsers on one copy', () => {
  let scene: MarkingScene
  beforeAll(async () => {
    scene = await openMarkingScene({ copies: 2, lockSeconds: LOCK_SECONDS })
  }, SCENE_PATIENCE_MS)
  afterAll(() => scene?.close())

  it(
    'let one of them write; the other gets its turn when the first has gone',
    async () => {
      const copyId = scene.takeCopy()
      const first = await scene.open(copyId)
      const second = await openBeside(scene, copyId)
      await second.getByText('Lecture seule : cette copie est ouverte ailleurs.').waitFor()
      await second.getByText(/ouverte à votre nom dans une autre fenêtre depuis/).waitFor()
      await second.keyboard.press('y')
      expect(await second.locator('[data-mark]').count()).toBe(0)
      expect(await scoreField(second, '1.a').getAttribute('readonly')).not.toBeNull()
      await expectAccessible(second)
      await expectReflow(second)
      // Longer than the lock: its heartbeat keeps it.
      await first.waitForTimeout(LOCK_SECONDS * 1_000 + 1_000)
      await tickAt(first, 0.5, 0.5)
      await saved(first)
      await first.context().close()
      await second.locator('[data-lease=held]').waitFor()
      await second.locator('[data-kind=tick]').waitFor()
      await tickAt(second, 0.6, 0.5)
      await saved(second)
      expect(
        (await scene.trailOf(copyId)).map(({ action, metadata }) =>
          `${action} ${metadata['reason'] ?? ''}`.trim(),
        ),
      ).toEqual(['LOCK', 'CREATE_ANN', 'UNLOCK expired', 'LOCK', 'CREATE_ANN'])
      await second.context().close()
    },
    PATIENCE_MS,
  )

  it(
    'show both versions when the lock was lost without a network, and a person chooses',
    async () => {
      const copyId = scene.takeCopy()
      const mine = await scene.open(copyId)
      await mine.context().setOffline(true)
      await scoreField(mine, '1.a').fill('2')
      await mine.keyboard.press('Enter')
      await tickAt(mine, 0.5, 0.5)

      const theirs = await openBeside(scene, copyId)
      await theirs.getByRole('button', { name: 'Corriger ici' }).click()
      await theirs.locator('[data-lease=held]').waitFor()
      await scoreField(theirs, '1.a').fill('1')
      await theirs.keyboard.press('Enter')
      await saved(theirs)

      await mine.context().setOffline(false)
      await mine.getByText('Lecture seule : cette copie a été reprise ailleurs.').waitFor()
      await mine.getByText('2 modifications non transmises sont gardées sur cet appareil.').waitFor()
      await expectAccessible(mine)
      await theirs.getByRole('link', { name: 'Mes copies' }).click()
      await theirs.getByRole('heading', { name: 'Mes copies' }).waitFor()

      await mine.getByRole('button', { name: 'Corriger ici' }).click()
      await mine.getByRole('heading', { name: 'Deux versions de cette copie' }).waitFor()
      // Nothing else can be reached meanwhile.
      const focused = () => mine.evaluate(() => document.activeElement?.id)
      expect(await focused()).toBe('conflict')
      expect((await focusOrder(mine))[0]).toBe('button "Tout de cet appareil"')
      expect(await mine.locator('#finish').evaluate((finish) => finish.closest('[inert]') !== null)).toBe(
        true,
      )
      await expectAccessible(mine)
      await expectReflow(mine)
      const score = mine.getByRole('group', { name: '1.a' })
      expect(await score.textContent()).toMatch(/Sur cet appareil : 2.*Sur le serveur : 1/)
      expect(await mine.getByRole('button', { name: 'Appliquer ce choix' }).isDisabled()).toBe(true)
      await mine.getByRole('group', { name: 'Coche, page 1' }).getByText('Sur cet appareil').click()
      await score.getByText('Sur le serveur').click()
      await mine.getByRole('button', { name: 'Appliquer ce choix' }).click()
      await saved(mine)
      expect(await focused()).toBe('stage')
      expect(await scoreField(mine, '1.a').inputValue()).toBe('1')
      expect(await mine.locator('[data-kind=tick]').count()).toBe(1)
      const trail = await scene.trailOf(copyId)
      expect(trail.filter(({ action }) => action === 'SCORE')).toHaveLength(1)
      expect(trail.filter(({ action }) => action === 'CREATE_ANN')).toHaveLength(1)
      await theirs.context().close()
      await mine.context().close()
    },
    PATIENCE_MS,
  )
})
