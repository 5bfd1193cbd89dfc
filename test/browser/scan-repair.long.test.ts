import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventsOf, importScan, makeExamWith, type Staff, until } from '../support/builders.ts'
import { makeCodedScan } from '../support/coded-scans.ts'
import { formOf, makeScan } from '../support/scans.ts'
import { expectAccessible, expectReflow } from './support/accessible.ts'
import { type BrowserApp, openBrowser } from './support/open-browser.ts'

type ScanPage = { readonly id: string; readonly version: number }

/** Names of copies differ from run to run. */
const withoutCodes = (snapshot: string) => snapshot.replace(/[0-9A-Z]{4}-[0-9A-Z]{4}/g, 'COPY-CODE')

describe('putting the pages of a scan right on the screen', () => {
  let world: BrowserApp
  let page: Page
  let staff: Staff
  let batchId: string
  let copies: [string, string, string]
  beforeAll(async () => {
    world = await openBrowser()
    page = await world.newPage()
    const admin = await world.signInAs(page, 'admin')
    staff = await makeExamWith(admin, await world.app.signIn('marker'))
    const body = { pattern: '{exam}-{copy}-{page}', sample: 'demo-100-1' }
    await admin.call('PUT', `/api/exams/${staff.examId}/code-pattern`, { body })
    const { pdf } = await makeCodedScan({ seed: 7, copies: 3, pagesPerCopy: 3 })
    const upload = await admin.post(`/api/exams/${staff.examId}/batches?split=code-every`, {
      form: await formOf(pdf, 'pile.pdf'),
    })
    batchId = upload.body.id
    copies = await until(async () => {
      const { status, copies: made } = (await admin.get(`/api/batches/${batchId}`)).body
      return status === 'IMPORTED' ? made : undefined
    })
    // As if the code of the third page of the first copy had been read wrongly.
    const [, , third] = await pagesOf(copies[0])
    await admin.post(`/api/pages/${third?.id}/number`, {
      version: third?.version ?? 0,
      body: { sheetNumber: 2 },
    })
    await page.goto(`/batches/${batchId}`)
  })
  afterAll(() => world?.close())

  const pagesOf = async (copyId: string): Promise<ScanPage[]> =>
    (await staff.admin.get(`/api/copies/${copyId}/pages`)).body.pages
  const orderOf = async (copyId: string) => (await pagesOf(copyId)).map(({ id }) => id)
  const nameOf = async (copyId: string): Promise<string> =>
    (await staff.admin.get(`/api/copies/${copyId}`)).body.anonymousId
  const trailOf = async (copyId: string): Promise<string[]> =>
    (await eventsOf(staff.admin, `/api/copies/${copyId}`)).map(({ action }) => action)
  const detailsOf = (copyId: string) => page.locator(`#copy-${copyId}`)
  const PATIENT = { timeout: 20_000 }
  const dialog = () => page.getByRole('dialog')
  const cardOf = ({ id }: ScanPage, copyId: string) => detailsOf(copyId).locator(`[data-page="${id}"]`)
  /** Waits for a sentence, and until the screen shows what has come of it. */
  async function told(sentence: string | RegExp) {
    await page.getByText(sentence).first().waitFor()
    if (page.url().includes('/batches/'))
      await page.locator('[data-busy=true]').waitFor({ state: 'detached' })
  }
  /** Opens the menu of a page by the keyboard and takes an entry of it. */
  async function takeFromMenu(one: ScanPage, copyId: string, entry: string) {
    await cardOf(one, copyId).locator('[data-control=menu]').press('Enter')
    const item = page.getByRole('button', { name: entry, exact: true })
    await item.press('Enter')
  }
  const focusedControl = () =>
    page.evaluate(() => {
      const { activeElement } = document
      return [
        activeElement?.closest('[data-page]')?.getAttribute('data-page'),
        activeElement?.getAttribute('data-control'),
      ]
    })

  it('says what is wrong with a copy and what to do, and why it cannot be validated yet', async () => {
    const name = await nameOf(copies[0])
    await page.getByText(`Copie ${name} :`).waitFor()
    await told(/Il manque la page 3\. En double : page 2\./)
    await told(/^1 copie a un problème de pages/)
    await page.getByRole('button', { name: `Voir la copie ${name}` }).press('Enter')
    expect(await page.locator(':focus').textContent()).toContain(name)
    const own = detailsOf(copies[0])
    await own.getByText('Corrigez d’abord ce qui est signalé ci-dessus.').waitFor()
    expect(await own.getByRole('button', { name: `Valider cette copie : Copie ${name}` }).isDisabled()).toBe(
      true,
    )
    expect(await page.getByRole('button', { name: 'Valider 2 copies' }).isEnabled()).toBe(true)
    await expectAccessible(page)
    await expectReflow(page)
  })

  it('numbers a sheet from its menu by keyboard alone, and the focus stays with the page', async () => {
    const [, , third] = await pagesOf(copies[0])
    const card = cardOf(third as ScanPage, copies[0])
    await card.locator('[data-control=menu]').press('Enter')
    await expectAccessible(page)
    await expect(withoutCodes(await card.ariaSnapshot())).toMatchFileSnapshot('aria/batch-page-menu.fr.aria')
    await page.getByRole('button', { name: 'Numéro imprimé…' }).press('Enter')
    await expectAccessible(page)
    await expectReflow(page)
    await expect(withoutCodes(await dialog().ariaSnapshot())).toMatchFileSnapshot('aria/batch-number.fr.aria')
    await dialog().getByLabel('Numéro imprimé sur la feuille').fill('0')
    await page.keyboard.press('Enter')
    await dialog().getByText('Écrivez un nombre entier de 1 à 9999, ou rien.').waitFor()
    await dialog().getByLabel('Numéro imprimé sur la feuille').fill('3')
    await page.keyboard.press('Enter')
    await told('Page 3 du scan : numéro 3.')
    await expect.poll(() => page.getByText('Il manque la page 3.').count(), PATIENT).toBe(0)
    expect(await page.locator('[data-announcer]').textContent()).toContain('Page 3 du scan : numéro 3.')
    await expect.poll(focusedControl, PATIENT).toEqual([third?.id, 'menu'])
    expect((await trailOf(copies[0])).at(-1)).toBe('NUMBER_PAGE')
  })

  it('moves a page by one place with Alt and an arrow, undoes it with Ctrl and Z, and sorts by number', async () => {
    const order = await orderOf(copies[0])
    const [first] = await pagesOf(copies[0])
    const rotate = cardOf(first as ScanPage, copies[0]).locator('[data-control=rotate]')
    await rotate.press('Alt+ArrowLeft')
    await expect
      .poll(() => page.locator('[data-announcer]').textContent(), PATIENT)
      .toContain('Cette page est déjà la première de sa copie.')
    await rotate.press('Alt+ArrowRight')
    await told('Page 1 du scan : à la place 2 sur 3.')
    await expect.poll(focusedControl, PATIENT).toEqual([first?.id, 'rotate'])
    expect(await orderOf(copies[0])).toEqual([order[1], order[0], order[2]])
    expect((await trailOf(copies[0])).at(-1)).toBe('REORDER_PAGES')
    await told(/Pages dans le désordre/)

    await page.keyboard.press('Control+z')
    await expect.poll(() => page.getByText('Pages dans le désordre.').count(), PATIENT).toBe(0)
    expect(await orderOf(copies[0])).toEqual(order)
    expect((await trailOf(copies[0])).at(-1)).toBe('UNDO_REVIEW')

    await takeFromMenu(first as ScanPage, copies[0], 'Une place plus tard')
    await told('Page 1 du scan : à la place 2 sur 3.')
    const name = await nameOf(copies[0])
    await page.getByRole('button', { name: `Autres actions : Copie ${name}` }).press('Enter')
    await page.getByRole('button', { name: 'Ranger par numéro' }).press('Enter')
    await told(`Copie ${name} : pages rangées par numéro.`)
    expect(await orderOf(copies[0])).toEqual(order)
  })

  it('splits a copy at a page, and merges the two again', async () => {
    const [, second] = await pagesOf(copies[1])
    const name = await nameOf(copies[1])
    await takeFromMenu(second as ScanPage, copies[1], 'Couper la copie avant cette page')
    await told(new RegExp(`^Copie ${name} : coupée. La suite est la copie [0-9A-Z]{4}-[0-9A-Z]{4}\\.$`))
    expect(await orderOf(copies[1])).toHaveLength(1)
    expect((await trailOf(copies[1])).at(-1)).toBe('SPLIT_COPY')
    const { copies: now } = (await staff.admin.get(`/api/batches/${batchId}`)).body
    const made = now.at(-1)
    expect(await trailOf(made)).toEqual(['SPLIT_COPY'])

    await page.getByRole('button', { name: `Autres actions : Copie ${name}` }).press('Enter')
    await page.getByRole('button', { name: 'Réunir avec une autre copie…' }).press('Enter')
    await expectAccessible(page)
    await expectReflow(page)
    await dialog().getByLabel('Copie à ajouter à la suite').selectOption({ value: made })
    await dialog().getByRole('button', { name: 'Réunir', exact: true }).click()
    await told(`Les pages de la copie ${await nameOf(made)} suivent celles de la copie ${name}.`)
    await detailsOf(made).waitFor({ state: 'detached' })
    expect(await orderOf(copies[1])).toHaveLength(3)
    expect((await trailOf(copies[1])).at(-1)).toBe('MERGE_COPY')
  })

  it('replaces a page by one of a rescan, which takes its place and its number', async () => {
    const rescan = await importScan(staff, {
      scan: await makeScan(1, 1),
      fileName: 'feuille.pdf',
      pagesPerCopy: 2,
    })
    const [loose] = (await staff.admin.get(`/api/batches/${rescan.batch.id}/pages`)).body.pages
    const [, , third] = await pagesOf(copies[2])
    await page.reload()
    await takeFromMenu(third as ScanPage, copies[2], 'Remplacer par une page renumérisée…')
    await dialog().getByLabel('Scan', { exact: true }).selectOption('feuille.pdf')
    await dialog().getByRole('radio', { name: 'Page 1 d’un autre scan' }).check()
    await expectAccessible(page)
    await expectReflow(page)
    await expect(withoutCodes(await dialog().ariaSnapshot())).toMatchFileSnapshot(
      'aria/batch-replace.fr.aria',
    )
    await dialog().getByRole('button', { name: 'Remplacer', exact: true }).click()
    await told('Page 9 du scan : remplacée, et écartée.')
    expect((await orderOf(copies[2])).at(-1)).toBe(loose.id)
    expect((await trailOf(copies[2])).at(-1)).toBe('REPLACE_PAGE')
    await page.getByRole('heading', { name: 'Pages écartées' }).waitFor()
    await page.locator('[data-undo]').click()
    await page.getByRole('heading', { name: 'Pages écartées' }).waitFor({ state: 'detached' })
    expect((await orderOf(copies[2])).at(-1)).toBe(third?.id)
  })

  it('shows a page in no copy as it was turned, though its picture is the old one', async () => {
    const [one] = await pagesOf(copies[2])
    await staff.admin.post(`/api/pages/${one?.id}/discard`, {
      version: one?.version ?? 0,
      body: { reason: 'other' },
    })
    await page.reload()
    await page.getByRole('button', { name: 'Reprendre : Page 7 du scan' }).click()
    await told('Page 7 du scan : reprise, à placer.')
    await page.getByRole('button', { name: 'Tourner d’un quart : Page 7 du scan' }).click()
    await told('Page 7 du scan : tournée.')
    const picture = page.locator(`[data-page="${one?.id}"] img`).first()
    await expect
      .poll(() => picture.evaluate((img) => img.style.transform), PATIENT)
      .toContain('rotate(90deg)')
    await page.getByRole('button', { name: 'Déplacer : Page 7 du scan' }).click()
    await dialog().getByLabel('Copie', { exact: true }).selectOption({ value: copies[2] })
    await dialog().getByLabel('Place').selectOption('Avant la page 1')
    await dialog().getByRole('button', { name: 'Déplacer' }).click()
    await told('Page 7 du scan : déplacée.')
    // Its picture is made anew with the PDF of the copy.
    await expect
      .poll(() => picture.evaluate((img) => img.style.transform), { timeout: 30_000 })
      .toContain('rotate(0deg)')
    expect(await orderOf(copies[2])).toHaveLength(3)
  })

  it('refuses in words: what a colleague has changed, and an annotated page of a copy that was sent back', async () => {
    const [first] = await pagesOf(copies[1])
    const at = `/api/pages/${first?.id}/rotate`
    await staff.admin.post(at, { version: first?.version ?? 0, body: { turn: 180 } })
    await cardOf(first as ScanPage, copies[1])
      .locator('[data-control=rotate]')
      .press('Enter')
    await told(/^Quelqu’un a changé ces pages entre-temps : rien n’a été fait\./)
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Fermer ce message' }).click()

    const name = await nameOf(copies[0])
    await page.getByRole('button', { name: `Valider cette copie : Copie ${name}` }).click()
    await detailsOf(copies[0])
      .getByText(/^Cette copie est validée/)
      .waitFor({ timeout: 30_000 })
    await staff.admin.post(`/api/exams/${staff.examId}/dispatch`)
    const path = `/api/copies/${copies[0]}`
    const lockToken = (await staff.marker.post(`${path}/lock`)).body.token
    const tick = { pageNumber: 2, kind: 'tick', x: 0.5, y: 0.5, width: 0.0625, height: 0.0625 }
    await staff.marker.post(`${path}/annotations`, { lockToken, body: tick })
    await page.reload()
    await detailsOf(copies[0])
      .getByText(/^Cette copie est en correction/)
      .waitFor()
    await staff.marker.post(`${path}/unlock`, { lockToken })
    await page.reload()
    await detailsOf(copies[0]).getByRole('button', { name: 'Renvoyer en préparation…' }).click()
    await dialog().getByLabel('Motif').selectOption('Il manque des pages')
    await expectAccessible(page)
    await expectReflow(page)
    await dialog().getByRole('button', { name: 'Renvoyer', exact: true }).click()
    await detailsOf(copies[0])
      .getByRole('button', { name: /^Valider cette copie/ })
      .waitFor()
    expect((await trailOf(copies[0])).at(-1)).toBe('SEND_BACK')

    const [, annotated] = await pagesOf(copies[0])
    await cardOf(annotated as ScanPage, copies[0])
      .locator('[data-control=discard]')
      .click()
    await dialog().getByLabel('Motif').selectOption('Doublon')
    await dialog().getByRole('button', { name: 'Écarter' }).click()
    await told(/^Cette page porte des annotations et ne peut pas quitter sa copie\./)
    expect(await orderOf(copies[0])).toHaveLength(3)
  })

  it('an import that failed says what to do, and a scan without a copy as well', async () => {
    const broken = await importScan(staff, { scan: Buffer.from('%PDF-1.7\nrien à lire') })
    await page.goto(`/batches/${broken.batch.id}`)
    await told('Rien n’a été classé. Déposez un meilleur scan : celui-ci ne compte pas comme un doublon.')
    await expectAccessible(page)
    await expectReflow(page)
    await page.getByRole('link', { name: 'Déposer un autre scan' }).click()
    await page.waitForURL(/\/upload$/)

    const short = await importScan(staff, { scan: await makeScan(1, 1), pagesPerCopy: 3 })
    await page.goto(`/batches/${short.batch.id}`)
    await told('Aucune copie dans ce scan')
    await expectAccessible(page)
    await page.locator('[data-control=menu]').press('Enter')
    await page.getByRole('button', { name: 'En faire une copie' }).press('Enter')
    await told('Page 1 du scan : une nouvelle copie.')
    await page.getByRole('button', { name: 'Valider 1 copie' }).click()
    await told('Toutes les copies de ce scan sont validées.')
    await page.getByRole('link', { name: 'Répartir les copies' }).click()
    await page.waitForURL(new RegExp(`/exams/${staff.examId}$`))
  })

  it.each(['marker', 'operator', 'auditor', 'student'] as const)('is not for a %s', async (role) => {
    const other = await world.newPage()
    await world.signInAs(other, role, `/batches/${batchId}`)
    await other.getByRole('heading', { name: 'Réservé à d’autres rôles' }).waitFor()
    await other.context().close()
  })
})
