import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD } from '../support/app.ts'
import { expectAccessible } from './support/accessible.ts'
import {
  type MarkingScene,
  openMarkingScene,
  placeOf,
  SCENE_PATIENCE_MS,
  saved,
} from './support/marking-scene.ts'
import { takeCookie } from './support/settle.ts'

const question = (page: Page, label: string) => page.getByRole('textbox', { name: `${label}, note` })

/** Scores every question and looks at both pages. */
async function markAll(page: Page): Promise<void> {
  for (const label of ['1.a', '1.b', 'Exercice 2']) {
    await question(page, label).fill('1')
    await page.keyboard.press('Enter')
  }
  await page.locator('#stage').focus()
  await page.keyboard.press('j')
  await page.locator('#finish-reasons').waitFor({ state: 'detached' })
}

describe('what is typed', () => {
  let scene: MarkingScene
  beforeAll(async () => {
    scene = await openMarkingScene({ copies: 7 })
  }, SCENE_PATIENCE_MS)
  afterAll(() => scene?.close())

  /** The same copy in another browser of its marker, which has taken it over. */
  async function takeOver(copyId: string): Promise<Page> {
    const page = await scene.world.newPage()
    await takeCookie(page.context(), scene.world.app.url, scene.marker.cookie)
    await page.goto(`/copies/${copyId}`)
    await page.getByRole('button', { name: 'Corriger ici' }).click()
    await page.locator('[data-lease=held]').waitFor()
    return page
  }
  /** Without waiting for the next heartbeat. */
  async function findOutThatItIsGone(page: Page): Promise<void> {
    await page.evaluate(() => window.dispatchEvent(new Event('online')))
    await page.getByText('Lecture seule : cette copie a été reprise ailleurs.').waitFor()
  }
  /** Gives the copy back that is open. */
  async function leave(page: Page): Promise<void> {
    await page.getByRole('link', { name: 'Mes copies' }).click()
    await page.getByRole('heading', { name: 'Mes copies' }).waitFor()
    await page.waitForLoadState('networkidle')
    await page.context().close()
  }
  const statusOf = async (copyId: string) =>
    (await scene.staff.admin.get(`/api/copies/${copyId}`)).body.status

  it('and is no score keeps a copy from being finished with the one before; the last score is kept by finishing', async () => {
    const copyId = scene.takeCopy()
    const page = await scene.open(copyId)
    await markAll(page)
    await question(page, 'Exercice 2').fill('13')
    await page.keyboard.press('Control+Enter')
    await page.locator('#finish-reasons').getByText('À corriger : Exercice 2.').waitFor()
    expect(await question(page, 'Exercice 2').getAttribute('aria-invalid')).toBe('true')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-invalid'))).toBe('true')
    await expectAccessible(page)
    await page.locator('#finish').click({ force: true })
    await saved(page)
    expect(await statusOf(copyId)).toBe('LOCKED')

    // The same field, mended and not left: one key finishes.
    await question(page, 'Exercice 2').fill('12')
    await page.keyboard.press('Control+Enter')
    await page.waitForURL((url) => !url.pathname.endsWith(copyId))
    const { items } = (await scene.marker.get(`/api/copies/${copyId}/scores`)).body
    expect(items.at(-1)).toMatchObject({ label: 'Exercice 2', points: 12 })
    await leave(page)
  })

  it('is there again after signing in over it, with the page, the tool and what can be undone', async () => {
    const copyId = scene.takeCopy()
    const page = await scene.open(copyId)
    await question(page, '1.a').fill('2')
    await page.keyboard.press('Enter')
    await saved(page)
    await page.locator('#stage').focus()
    await page.keyboard.press('j')
    await page.keyboard.press('z')
    await page.locator('#tools').getByText('125 %').waitFor()
    await page.context().clearCookies()
    await question(page, '1.b').fill('3')
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Votre session est terminée.').waitFor()
    await dialog.getByLabel('Adresse électronique').fill(scene.marker.email)
    await dialog.getByRole('textbox', { name: 'Mot de passe' }).fill(PASSWORD)
    await dialog.getByRole('button', { name: 'Se connecter' }).click()
    await dialog.waitFor({ state: 'detached' })
    await saved(page)
    expect(await page.locator('[data-lease]').getAttribute('data-lease')).toBe('held')
    expect(await page.locator('[data-page]').getAttribute('data-page')).toBe('2')
    expect(await page.locator('#tools').textContent()).toContain('125 %')
    await page.locator('#stage').focus()
    for (const [label, points] of [
      ['1.b', ''],
      ['1.a', ''],
    ] as const) {
      await page.keyboard.press('Control+Z')
      await expect.poll(() => question(page, label).inputValue(), { timeout: 10_000 }).toBe(points)
    }
    await page.context().close()
  })

  it('stays where it is when the copy is taken over meanwhile, and is kept once it is back', async () => {
    const copyId = scene.takeCopy()
    const page = await scene.open(copyId)
    await page.keyboard.press('t')
    const { x, y } = await placeOf(page, 0.5, 0.2)
    await page.mouse.click(x, y)
    const dialog = page.getByRole('dialog', { name: 'Commentaire' })
    await dialog.getByLabel('Texte').fill('Le début est juste.')
    const other = await takeOver(copyId)
    await findOutThatItIsGone(page)
    await page.keyboard.press('Enter')
    await dialog.getByText('reste ici jusqu’à ce que ce soit possible').waitFor()
    expect(await dialog.getByLabel('Texte').inputValue()).toBe('Le début est juste.')
    await other.getByRole('link', { name: 'Mes copies' }).click()
    await page.locator('[data-lease=held]').waitFor()
    await dialog.getByLabel('Texte').press('Enter')
    await dialog.waitFor({ state: 'detached' })
    await page.locator('[data-kind=comment]').waitFor()
    await saved(page)
    expect((await scene.trailOf(copyId)).at(-1)).toMatchObject({ action: 'CREATE_ANN' })
    await other.context().close()
    await page.context().close()
  })

  it('ends with a word, not with waiting, when the copy is finished in another window', async () => {
    const copyId = scene.takeCopy()
    const page = await scene.open(copyId)
    const other = await takeOver(copyId)
    await markAll(other)
    await findOutThatItIsGone(page)
    await other.keyboard.press('Control+Enter')
    await other.waitForURL((url) => !url.pathname.endsWith(copyId))
    await page.getByText('Lecture seule : cette copie a été terminée ailleurs.').waitFor({ timeout: 30_000 })
    expect(await page.getByRole('button', { name: 'Corriger ici' }).count()).toBe(0)
    await expectAccessible(page)
    await page.getByRole('link', { name: 'À mes copies' }).click()
    await page.getByRole('heading', { name: 'Mes copies' }).waitFor()
    await page.context().close()
    await leave(other)
  })

  it('holds up nobody: a copy that is left before its lock has come is given back', async () => {
    const copyId = scene.takeCopy()
    const page = await scene.world.newPage()
    await takeCookie(page.context(), scene.world.app.url, scene.marker.cookie)
    let letGo: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    await page.route('**/lock', async (route) => {
      const response = await route.fetch()
      await held
      await route.fulfill({ response })
    })
    const locked = page.waitForRequest('**/lock')
    await page.goto(`/copies/${copyId}`)
    await locked
    await expect.poll(() => statusOf(copyId)).toBe('LOCKED')
    await page.getByRole('link', { name: 'Mes copies' }).click()
    await page.getByRole('heading', { name: 'Mes copies' }).waitFor()
    letGo()
    await expect.poll(() => statusOf(copyId)).toBe('READY')
    await page.context().close()
  })

  it('waits on the device for two minutes without a network, and is sent when it is back', async () => {
    const copyId = scene.takeCopy()
    const page = await scene.world.newPage()
    await page.clock.install()
    await takeCookie(page.context(), scene.world.app.url, scene.marker.cookie)
    await page.goto(`/copies/${copyId}`)
    await page.locator('[data-lease=held]').waitFor()
    await page.context().setOffline(true)
    await question(page, '1.a').fill('2')
    await page.keyboard.press('Enter')
    await page.clock.runFor('01:00')
    await question(page, '1.b').fill('3')
    await page.keyboard.press('Enter')
    await page.clock.runFor('01:00')
    await page.getByText('Hors ligne – 2 modifications gardées sur cet appareil').waitFor()
    expect(await page.locator('[data-total]').textContent()).toBe('5 / 20')
    await page.context().setOffline(false)
    await saved(page)
    expect((await scene.trailOf(copyId)).map(({ action }) => action)).toEqual(['LOCK', 'SCORE', 'SCORE'])
    await leave(page)
  })

  it('and seen: a page stays in sight without a network, however near one looks', async () => {
    const page = await scene.open(scene.takeCopy())
    const image = page.locator('[data-page] img')
    await expect
      .poll(() => image.evaluate((shown) => (shown as HTMLImageElement).naturalWidth))
      .toBeGreaterThan(0)
    await page.route(/pages\/1\?size=full/, (route) => route.abort())
    await page.keyboard.press('z')
    await page.keyboard.press('z')
    await page.locator('#tools').getByText('156 %').waitFor()
    await page.locator('[data-page] img[src*="size=screen"]').waitFor()
    await page.route(/pages\/2\?/, (route) => route.abort())
    await page.keyboard.press('j')
    await page.getByText('L’image de cette page n’a pas pu être chargée.').waitFor()
    await expectAccessible(page)
    await page.unroute(/pages\/2\?/)
    await page.getByRole('button', { name: 'La recharger' }).click()
    await page.locator('[data-page="2"] img').waitFor()

    // The eraser takes what is under the crosshair, and nothing else.
    await page.locator('#stage').focus()
    await page.keyboard.press('f')
    await page.keyboard.press(' ')
    await page.keyboard.press('Escape')
    await page.keyboard.press('x')
    const move = async (key: string) => {
      for (const _ of Array.from({ length: 12 })) await page.keyboard.press(key)
      await page.keyboard.press(' ')
      await saved(page)
    }
    await move('ArrowLeft')
    expect(await page.locator('[data-kind=box]').count()).toBe(1)
    await move('ArrowRight')
    await page.locator('[data-kind=box]').waitFor({ state: 'detached' })
    await page.context().close()
  })
})

describe('a copy that cannot be had', () => {
  let scene: MarkingScene
  beforeAll(async () => {
    scene = await openMarkingScene({ copies: 1 })
  }, SCENE_PATIENCE_MS)
  afterAll(() => scene?.close())

  it('says so under a title, with the way back', async () => {
    const page = await scene.world.newPage()
    await scene.world.signInAs(page, 'marker', `/copies/${scene.takeCopy()}`)
    await page.getByRole('alert').waitFor()
    expect(await page.title()).toBe('Copie – Paraph')
    await expectAccessible(page)
    await page.getByRole('link', { name: 'Accueil' }).click()
    await page.getByRole('heading', { name: 'Mes copies' }).waitFor()
    await page.context().setOffline(true)
    await page.getByText('Hors ligne').first().waitFor()
    await expectAccessible(page)
    await page.context().close()
  })
})
