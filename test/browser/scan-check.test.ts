import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventsOf, importScan, makeExamWith, type Staff } from '../support/builders.ts'
import { makeScan } from '../support/scans.ts'
import { expectAccessible, expectReflow } from './support/accessible.ts'
import { type BrowserApp, openBrowser } from './support/open-browser.ts'

describe('the check of a scan', () => {
  let world: BrowserApp
  let page: Page
  let staff: Staff
  let batchId: string
  let copies: string[]
  beforeAll(async () => {
    world = await openBrowser()
    page = await world.newPage()
    const admin = await world.signInAs(page, 'admin')
    staff = await makeExamWith(admin, await world.app.signIn('marker'))
    const { batch } = await importScan(staff, { scan: await makeScan(4, 2), pagesPerCopy: 2 })
    batchId = batch.id
    copies = batch.copies
    await page.goto(`/batches/${batchId}`)
  })
  afterAll(() => world?.close())

  const eventsOfCopy = async (index: number) =>
    (await eventsOf(staff.admin, `/api/copies/${copies[index]}`)).map(({ action }) => action)
  const pressed = (name: string) => page.getByRole('button', { name, exact: true }).first().click()

  it('shows the copies with the pictures of their pages, and what is to be looked at before them', async () => {
    await page.getByText('Numérisées').waitFor()
    expect(await page.locator('details').count()).toBe(4)
    expect(await page.locator('details img').count()).toBe(8)
    const headings = await page.getByRole('heading', { level: 2 }).allTextContents()
    expect(headings).toEqual(['À regarder', 'Copies de ce scan'])
    await expectAccessible(page)
    await expectReflow(page)
  })

  it('turns a page, and undoes it, by events on its copy', async () => {
    await pressed('Tourner d’un quart : Page 1 du scan')
    await page.getByText('Page 1 du scan : tournée.').first().waitFor()
    await pressed('Annuler')
    await page.getByText('Opération annulée.').waitFor({ state: 'attached' })
    expect(await eventsOfCopy(0)).toEqual(expect.arrayContaining(['TURN_PAGE', 'UNDO_REVIEW']))
  })

  it('discards a page for a reason, and takes it back; meanwhile nothing can be validated', async () => {
    await pressed('Écarter : Page 8 du scan')
    const dialog = page.getByRole('dialog')
    await expectAccessible(page)
    await dialog.getByLabel('Motif').selectOption('Doublon')
    await dialog.getByRole('button', { name: 'Écarter' }).click()
    await page.getByRole('heading', { name: 'Pages écartées' }).waitFor()
    await expectAccessible(page)
    await pressed('Reprendre : Page 8 du scan')
    await page.getByText('Placez ou écartez d’abord les pages').first().waitFor()
    expect(await page.getByRole('button', { name: /Valider \d+ copies/ }).isDisabled()).toBe(true)
    await expectAccessible(page)
    expect(await eventsOfCopy(3)).toContain('DISCARD_PAGE')
  })

  it('moves the page that is in no copy to its place, without dragging', async () => {
    await pressed('Déplacer : Page 8 du scan')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Copie', { exact: true }).selectOption({ index: 4 })
    await dialog.getByLabel('Place').selectOption('Avant la page 1')
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Déplacer' }).click()
    await page.getByText('Page 8 du scan : déplacée.').first().waitFor()
    expect(await eventsOfCopy(3)).toContain('MOVE_PAGE')
  })

  it('refuses what somebody else has changed meanwhile, and shows how it is now', async () => {
    const overtake = async () => {
      const { pages } = (await staff.admin.get(`/api/copies/${copies[1]}/pages`)).body
      const [{ id, version }] = pages
      await staff.admin.post(`/api/pages/${id}/rotate`, { body: { turn: 180 }, version })
    }
    // The colleague is a moment earlier.
    await page.route('**/rotate', (route) => overtake().then(() => route.continue()), { times: 1 })
    await pressed('Tourner d’un quart : Page 3 du scan')
    await page.getByText('Quelqu’un a changé ces pages entre-temps').waitFor()
    await expectAccessible(page)
    await pressed('Tourner d’un quart : Page 3 du scan')
    await page.getByText('Page 3 du scan : tournée.').first().waitFor()
  })

  it('validates all copies at once, each with its event, and they are shared out in the exam', async () => {
    await page.getByRole('button', { name: 'Valider 4 copies' }).click()
    await page.getByText('4 copies validées.').waitFor({ state: 'attached', timeout: 60_000 })
    for (const index of copies.keys()) expect(await eventsOfCopy(index)).toContain('VALIDATE')
    await expectAccessible(page)
    await page.getByRole('link', { name: 'Revenir à l’épreuve' }).click()
    await page.getByRole('button', { name: 'Répartir 4 copies' }).click()
    await page.getByText('4 copies réparties.').waitFor({ state: 'attached' })
    await page.getByRole('button', { name: 'À corriger 4' }).click()
    expect(await page.getByRole('table', { name: 'Copies' }).getByRole('row').count()).toBe(5)
    await expectAccessible(page)
    const listed = (await staff.admin.get(`/api/exams/${staff.examId}/copies`)).body.copies
    expect(listed.every((copy: { assignedMarkerId: string | null }) => copy.assignedMarkerId !== null)).toBe(
      true,
    )
  })
})
