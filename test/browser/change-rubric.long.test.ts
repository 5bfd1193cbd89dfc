import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { awaitGrading, makeExamWith, makeReadyCopy, type Staff } from '../support/builders.ts'
import { expectAccessible, expectReflow } from './support/accessible.ts'
import { auditOf, type BrowserApp, openBrowser, type Person } from './support/open-browser.ts'

describe('changing the rubric of an exam', () => {
  let world: BrowserApp
  let page: Page
  let admin: Person
  let staff: Staff
  let path: string
  beforeAll(async () => {
    world = await openBrowser()
    page = await world.newPage()
    admin = await world.signInAs(page, 'admin')
    staff = await makeExamWith(admin, await world.app.signIn('marker'))
    path = await makeReadyCopy(staff)
    await page.goto(`/exams/${staff.examId}`)
  })
  afterAll(() => world?.close())

  const rubric = async () => (await admin.get(`/api/exams/${staff.examId}`)).body.rubric
  const save = (screen: Page) => screen.getByRole('button', { name: 'Enregistrer le barème' })

  it('keeps what each line has, also steps that differ, and says when it can no longer change', async () => {
    await page.getByRole('link', { name: 'Modifier le barème' }).click()
    await page.getByText(/^Le nouveau barème vaut pour toutes les copies/).waitFor()
    expect(await page.getByLabel('Libellé de 1', { exact: true }).inputValue()).toBe('Exercice 1')
    await page.getByText('Les questions n’ont pas toutes le même pas.').waitFor()
    expect(await save(page).isDisabled()).toBe(true)
    await expectAccessible(page)
    await expectReflow(page)
    await page.getByLabel('Points de 2', { exact: true }).fill('12,25')
    await save(page).click()
    await page.getByText('Ce nombre ne suit pas le pas choisi.').waitFor()
    await expectAccessible(page)
    await page.getByLabel('Points de 2', { exact: true }).fill('11')
    await page.getByLabel('Points de 1.a', { exact: true }).fill('3,5')
    await save(page).click()
    await page.getByRole('heading', { name: 'Examen de test' }).waitFor()
    await page.getByText('Total : 19,5 points').waitFor()
    expect(await rubric()).toMatchObject({
      version: 2,
      items: [
        { label: 'Exercice 1' },
        { maxPoints: 3.5, step: 0.5 },
        { step: 0.25 },
        { maxPoints: 11, step: 1 },
      ],
    })
    const events = await auditOf(world, { actor: admin.actorRef })
    expect(
      events.filter(({ action }) => action === 'SET_RUBRIC').map(({ metadata }) => metadata),
    ).toContainEqual({
      items: 4,
      version: 2,
    })
  })

  it('shows what a colleague has made of it meanwhile, and loses nothing that was typed', async () => {
    await page.goto(`/exams/${staff.examId}/rubric`)
    await page.getByLabel('Libellé de 2', { exact: true }).fill('Exercice 2, à ma façon')
    const theirs = { items: [{ label: 'Tout', maxPoints: 20, step: 1 }] }
    await admin.call('PUT', `/api/exams/${staff.examId}/rubric`, { body: theirs, version: 2 })
    await save(page).click()
    await page.getByText(/^Quelqu’un a changé le barème entre-temps/).waitFor()
    await expectAccessible(page)
    expect(await page.getByLabel('Libellé de 2', { exact: true }).inputValue()).toBe('Exercice 2, à ma façon')
    await page.getByRole('button', { name: 'Prendre le barème présent' }).click()
    await expect.poll(() => page.getByLabel('Libellé de 1', { exact: true }).inputValue()).toBe('Tout')
    await page.getByLabel('Libellé de 1', { exact: true }).fill('Tout le devoir')
    await save(page).click()
    await page.getByText('Total : 20 points').waitFor()
    expect(await rubric()).toMatchObject({ version: 4, items: [{ label: 'Tout le devoir' }] })
  })

  it('refuses once a score is given, and says so before anything is typed once a copy is graded', async () => {
    const lockToken = (await staff.marker.post(`${path}/lock`)).body.token
    const [item] = (await rubric()).items
    const score = { body: { points: 15 }, version: 0, lockToken }
    await page.goto(`/exams/${staff.examId}/rubric`)
    await page.getByText(/^1 copie est en correction/).waitFor()
    await staff.marker.call('PUT', `${path}/scores/${item.id}`, score)
    await page.getByLabel('Libellé de 1', { exact: true }).fill('Autre')
    await save(page).click()
    await page.getByText(/^Le barème n’a pas changé : une note a déjà été saisie/).waitFor()
    await expectAccessible(page)
    expect(await page.getByLabel('Libellé de 1', { exact: true }).inputValue()).toBe('Autre')
    await staff.marker.post(`${path}/finalize`, { lockToken })
    expect(await awaitGrading(staff.marker, path)).toMatchObject({ status: 'GRADED' })
    const later = await world.newPage()
    await world.signInAs(later, 'admin', `/exams/${staff.examId}/rubric`)
    await later.getByText(/^1 copie est déjà corrigée avec ce barème/).waitFor()
    expect(await save(later).count()).toBe(0)
    await expectAccessible(later)
    await expectReflow(later)
  })

  it('is not for a marker', async () => {
    const other = await world.newPage()
    await world.signInAs(other, 'marker', `/exams/${staff.examId}/rubric`)
    await other.getByRole('heading', { name: 'Réservé à d’autres rôles' }).waitFor()
  })
})
