import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectAccessible, expectReflow } from './support/accessible.ts'
import { auditOf, type BrowserApp, openBrowser, type Person } from './support/open-browser.ts'

describe('a new exam', () => {
  let world: BrowserApp
  let page: Page
  let admin: Person
  beforeAll(async () => {
    world = await openBrowser({ worker: false })
    page = await world.newPage()
    admin = await world.signInAs(page, 'admin', '/exams')
  })
  afterAll(() => world?.close())

  it('is begun from the list, which says what an exam is', async () => {
    await page.getByText('Aucune épreuve', { exact: true }).waitFor()
    await page.getByRole('link', { name: 'Nouvelle épreuve' }).first().click()
    await page.getByRole('heading', { name: 'Nouvelle épreuve' }).waitFor()
  })

  it('is written by keyboard alone: Enter goes on, and the total is there at once', async () => {
    await page.getByLabel('Intitulé').fill('Mathématiques, bac blanc')
    await page.getByLabel('Libellé de 1').focus()
    await page.keyboard.type('Exercice 1')
    await page.keyboard.press('Enter')
    await page.keyboard.type('7,5')
    await page.keyboard.press('Enter')
    await page.keyboard.type('Exercice 2')
    await page.keyboard.press('Enter')
    await page.keyboard.type('10,25')
    await page.getByText('17,75 points').waitFor()
    await expectAccessible(page)
    await expectReflow(page)
  })

  it('is refused in words, at the place, as long as its numbers do not agree', async () => {
    await page.keyboard.press('Control+Enter')
    await page.getByText('Ce nombre ne suit pas le pas choisi.').waitFor()
    await page.getByText('Le barème fait 17,75, et le total annoncé est 20.').waitFor()
    expect(await page.locator(':focus').getAttribute('aria-label')).toBe('Points de 2')
    await expectAccessible(page)
    expect((await admin.get('/api/exams')).body.exams).toEqual([])
  })

  it('is divided into parts, and then made; the log of events holds it', async () => {
    await page.getByLabel('Points de 2').fill('10')
    const focusIsOn = (value: string) => expect.poll(() => page.locator(':focus').inputValue()).toBe(value)
    await page.getByRole('button', { name: 'Ajouter une partie à la question 2' }).click()
    await focusIsOn('')
    await page.keyboard.type('Définition')
    await page.keyboard.press('Enter')
    await focusIsOn('10')
    await page.keyboard.press('Enter')
    await focusIsOn('')
    await page.keyboard.type('Rédaction')
    await page.keyboard.press('Enter')
    await focusIsOn('')
    await page.keyboard.type('2.5')
    await page.getByText('20 points', { exact: true }).waitFor()
    await page.keyboard.press('Control+Enter')
    await page.getByRole('heading', { name: 'Mathématiques, bac blanc' }).waitFor()
    await page.getByText('Total : 20 points').waitFor()
    await page.getByText('2,5 pts, pas de 0,5').waitFor()
    await page.getByText('Aucun scan', { exact: true }).waitFor()
    await expectAccessible(page)
    const events = await auditOf(world, { actor: admin.actorRef })
    expect(events.map(({ action }) => action)).toEqual(expect.arrayContaining(['CREATE_EXAM', 'SET_RUBRIC']))
    expect(events.find(({ action }) => action === 'SET_RUBRIC')).toMatchObject({ metadata: { items: 4 } })
  })

  it('gets its markers, and tells how its sheets are coded, tried on a real one', async () => {
    await world.app.signIn('marker')
    await page.reload()
    await page.getByLabel('Ajouter un correcteur').selectOption({ index: 1 })
    await page.getByRole('button', { name: 'Ajouter', exact: true }).click()
    await page.getByText('aucune copie', { exact: true }).waitFor()
    await page.getByText('Indiquer les codes de vos feuilles').click()
    await page.getByLabel('Modèle').fill('{exam}-{copy}-{page}')
    await page.getByLabel('Code d’une vraie feuille').fill('sans rapport')
    await page.getByRole('button', { name: 'Essayer et enregistrer' }).click()
    await page.getByText('Le modèle de code ne correspond pas à l’exemple.').waitFor()
    await page.getByLabel('Code d’une vraie feuille').fill('maths-17-2')
    await page.getByRole('button', { name: 'Essayer et enregistrer' }).click()
    await page.getByText('Lu : épreuve maths, copie 17, page 2.').waitFor()
    await expectAccessible(page)
    const actions = (await auditOf(world, { actor: admin.actorRef })).map(({ action }) => action)
    expect(actions.slice(-2)).toEqual(['ADD_MARKER', 'SET_CODE_PATTERN'])
  })
})
