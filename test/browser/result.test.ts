import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventsOf, makeExamWith, makeReadyCopy, type Staff } from '../support/builders.ts'
import { gradeCopy } from '../support/erasing.ts'
import { expectAccessible, expectReflow } from './support/accessible.ts'
import { auditOf, type BrowserApp, openBrowser, type Person } from './support/open-browser.ts'
import { takeCookie } from './support/settle.ts'

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }

describe('the marked copy of a student', () => {
  let world: BrowserApp
  let office: Page
  let phone: Page
  let admin: Person
  let student: Person
  let staff: Staff
  let copyPath: string
  beforeAll(async () => {
    world = await openBrowser()
    office = await world.newPage()
    admin = await world.signInAs(office, 'admin')
    phone = await world.newPage(PHONE)
    student = await world.signInAs(phone, 'student')
    staff = await makeExamWith(admin, await world.app.signIn('marker'))
    copyPath = await makeReadyCopy(staff)
    await gradeCopy(staff.marker, copyPath)
  })
  afterAll(() => world?.close())

  const address = () => copyPath.replace('/api/copies/', '/results/')
  const actions = async () => (await eventsOf(admin, copyPath)).map(({ action }) => action)

  it('is linked to the student by an administrator, with an event', async () => {
    await office.goto(`/exams/${staff.examId}`)
    await office.getByRole('button', { name: /Rattacher la copie/ }).click()
    const dialog = office.getByRole('dialog')
    await dialog.getByLabel('Candidat').selectOption(student.accountId)
    await expectAccessible(office)
    await dialog.getByRole('button', { name: 'Rattacher' }).click()
    await office.getByRole('button', { name: /Détacher Camille Exemple/ }).waitFor()
    expect(await actions()).toContain('LINK_STUDENT')
  })

  it('is not shown before the release, and not told to be there', async () => {
    await phone.reload()
    await phone.getByText('Aucune copie à consulter').waitFor()
    await phone.goto(address())
    await phone.getByRole('heading', { name: 'Copie non consultable' }).waitFor()
    await expectAccessible(phone)
    const denials = (await auditOf(world, { actor: student.actorRef })).filter(
      ({ action }) => action === 'DENY',
    )
    expect(denials.at(-1)).toMatchObject({
      metadata: { error_code: 'not-assigned', route: '/api/my/results/:copyId' },
    })
  })

  it('is released with the exam, once the administrator has said so twice', async () => {
    await office.getByRole('button', { name: 'Publier les résultats' }).click()
    await office.getByRole('dialog').getByText('1 copie corrigée, dont 1 rattachée à un candidat.').waitFor()
    await expectAccessible(office)
    await office.getByRole('dialog').getByRole('button', { name: 'Publier les résultats' }).click()
    await office.getByRole('button', { name: 'Retirer la publication' }).waitFor()
    await expectAccessible(office)
    const events = await auditOf(world, { actor: admin.actorRef })
    expect(events.filter(({ action }) => action === 'RELEASE')).toMatchObject([{ metadata: { version: 1 } }])
  })

  it('is read on a phone: the score, each question, the pages and the remarks', async () => {
    await phone.goto('/')
    await phone.getByRole('link', { name: /Examen de test/ }).click()
    await phone.getByText('6 / 20').waitFor()
    await phone.getByText('Vu', { exact: true }).waitFor()
    expect(await phone.locator('svg circle').count()).toBeGreaterThan(0)
    await phone.getByAltText('Page 1 de votre copie, avec 1 annotation').waitFor()
    await expectAccessible(phone)
    await expectReflow(phone)
    const rows = await phone.getByRole('table', { name: 'Par question' }).getByRole('row').allTextContents()
    expect(rows).toEqual(['QuestionPointsSur', 'Exercice 148', '1.a23', '1.b25', 'Exercice 2212'])
  })

  it('is taken home as a PDF, with an event, and prints without the frame', async () => {
    const download = phone.waitForEvent('download')
    await phone.getByRole('link', { name: 'Télécharger le PDF' }).click()
    expect((await download).suggestedFilename()).toMatch(/^[0-9A-Z-]+\.pdf$/)
    expect((await actions()).at(-1)).toBe('EXPORT')
    await phone.emulateMedia({ media: 'print' })
    expect(await phone.getByRole('navigation').isVisible()).toBe(false)
    expect(await phone.getByRole('button', { name: 'Imprimer' }).isVisible()).toBe(false)
    await phone.emulateMedia({ media: 'screen' })
  })

  it('is no other student’s, who is told nothing of it', async () => {
    const other = await world.newPage({ ...PHONE, locale: 'en-GB' })
    await world.signInAs(other, 'student', address())
    await other.getByRole('heading', { name: 'Copy not open to you' }).waitFor()
    await expectAccessible(other)
    const text = await other.locator('body').textContent()
    await other.goto('/results/00000000-0000-4000-8000-000000000000')
    await other.getByRole('heading', { name: 'Copy not open to you' }).waitFor()
    expect(await other.locator('body').textContent()).toBe(text)
    await other.context().close()
  })

  it('is closed again when the release is withdrawn', async () => {
    await office.getByRole('button', { name: 'Retirer la publication' }).click()
    await office.getByRole('button', { name: 'Publier les résultats' }).waitFor()
    await phone.reload()
    await phone.getByRole('heading', { name: 'Copie non consultable' }).waitFor()
    const events = await auditOf(world, { actor: admin.actorRef })
    expect(events.filter(({ action }) => action === 'WITHDRAW')).toMatchObject([{ metadata: { version: 2 } }])
  })

  it('is reopened for a reason: it is its marker’s again, who reads why not while it is graded', async () => {
    const copyId = copyPath.split('/').at(-1)
    const desk = await world.newPage()
    await takeCookie(desk.context(), world.app.url, staff.marker.cookie)
    await desk.goto(`/copies/${copyId}`)
    await desk.getByText('Vous l’avez terminée. Pour y revenir, demandez à l’administration').waitFor()
    await expectAccessible(desk)

    await office.goto(`/copies/${copyId}`)
    await office.getByText('Lecture seule. Elle est corrigée.').waitFor()
    await expectAccessible(office)
    await office.getByRole('button', { name: 'Rouvrir la correction' }).click()
    const dialog = office.getByRole('dialog')
    const reopen = dialog.getByRole('button', { name: 'Rouvrir la correction' })
    expect(await reopen.isDisabled()).toBe(true)
    await dialog.getByLabel('Motif').selectOption('Réclamation du candidat')
    await dialog.getByLabel('Précision').fill('Le total ne suit pas.')
    await expectAccessible(office)
    await reopen.click()
    await office.getByText('Lecture seule. Seul son correcteur y écrit.').waitFor()
    expect((await eventsOf(admin, copyPath)).at(-1)).toMatchObject({
      action: 'REOPEN',
      metadata: { reason_code: 'appeal', from_version: 1 },
    })

    await desk.reload()
    await desk.locator('[data-lease=held]').waitFor()
    expect(await desk.locator('[data-total]').textContent()).toBe('6 / 20')

    // While its marker has it open, the administration may release it.
    await office.reload()
    await office.getByRole('button', { name: 'Libérer la copie' }).click()
    await dialog.getByLabel('Motif').selectOption('Correcteur indisponible')
    await expectAccessible(office)
    await dialog.getByRole('button', { name: 'Libérer la copie' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(
      (await eventsOf(admin, copyPath)).filter(({ action }) => action === 'UNLOCK').at(-1),
    ).toMatchObject({
      metadata: { reason: 'forced', reason_code: 'marker-unavailable' },
    })
    await desk.context().close()
  })
})
