import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  awaitGrading,
  eventsOf,
  lockAndScore,
  makeExamWith,
  makeReadyCopy,
  type Staff,
} from '../support/builders.ts'
import type { SignedIn } from '../support/client.ts'
import { createProbe, type Probe } from '../support/leak-probe.ts'
import { expectAccessible, expectReflow } from './support/accessible.ts'
import { auditOf, type BrowserApp, openBrowser, type Person } from './support/open-browser.ts'

/** Every secret of this test begins so. */
const STEM = 'Zqvxwhk'
const REMARK = `${STEM} remarque en marge`
const NOTE = `${STEM} note de réparation`

describe('an operator', () => {
  let world: BrowserApp
  let staff: Staff
  let marker: SignedIn
  let page: Page
  let operator: Person
  let student: Page
  let path: string
  let isBroken = true
  const probe: Probe = createProbe(STEM)
  beforeAll(async () => {
    world = await openBrowser({
      wrapRenderer: (render) => (request) => {
        if (isBroken) throw new Error('a renderer that was told to fail')
        return render(request)
      },
    })
    const admin = await world.app.signIn('admin')
    marker = await world.app.signIn('marker')
    staff = await makeExamWith(admin, marker)
    path = await makeReadyCopy(staff)
    const lockToken = await lockAndScore(staff.marker, path)
    const remark = { pageNumber: 1, kind: 'comment', x: 0.2, y: 0.2, text: REMARK }
    await staff.marker.post(`${path}/annotations`, { body: remark, lockToken })
    await staff.marker.post(`${path}/finalize`, { lockToken })
    expect(await awaitGrading(staff.marker, path)).toMatchObject({ status: 'GRADING_FAILED' })
    page = await world.newPage()
    operator = await world.signInAs(page, 'operator')
    student = await world.newPage()
    await world.signInAs(student, 'student')
    probe.plant({ source: 'a remark', text: REMARK })
    probe.plant({ source: 'the note of a repair', text: NOTE })
    for (const { email } of [admin, marker, operator]) {
      probe.plantSecret({ source: 'an address', text: email })
    }
    probe.plantSecret({ source: 'a name', text: 'Camille Exemple' })
    probe.plantSecret({ source: 'the title of an exam', text: 'Examen de test' })
    probe.plantSecret({ source: 'a question', text: 'Exercice 2' })
  })
  afterAll(() => world?.close())

  const copyId = () => path.split('/').at(-1) ?? ''
  /** What a person can read of the page, titles and addresses included; nothing of it may tell of anybody. */
  const expectIdsOnly = async () => {
    const text = await page.locator('body').textContent()
    const markup = await page.content()
    expect(probe.search(page.url(), `${text}\n${markup}\n${page.url()}`)).toEqual([])
  }
  const expectSound = async () => {
    await expectAccessible(page)
    await expectReflow(page)
    await expectIdsOnly()
  }
  const incident = () => page.locator('article').filter({ hasText: copyId() })
  /** The log lines of this process as the files of a server hold them. */
  const writeLogs = () => {
    const folder = join(world.app.folder, 'logs', 'api')
    mkdirSync(folder, { recursive: true })
    writeFileSync(
      join(folder, 'app.log'),
      world.app.lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
    )
  }

  it('sees on the console that a copy could not be finalized, and by which cause', async () => {
    await page.goto('/console')
    await page.locator('article').first().waitFor()
    await page.getByRole('img', { name: /^Copies par état – Finalisation échouée : 1$/ }).waitFor()
    await page.getByRole('img', { name: /^Durées sur un jour, médiane et 95 % – Import : / }).waitFor()
    for (const shown of await page.getByText('Ce qui le montre').all()) await shown.click()
    await incident().first().waitFor()
    await expectSound()
  })

  it('meanwhile the student sees nothing of it', async () => {
    await student.goto('/')
    await student.getByRole('heading', { level: 1 }).waitFor()
    expect(await student.locator('main').textContent()).not.toMatch(/échou|erreur|incident/i)
    expect(await student.locator('main').textContent()).not.toContain(copyId())
  })

  it('reads the same numbers in the table behind each chart', async () => {
    for (const table of await page.getByText('Tableau', { exact: true }).all()) await table.click()
    const copies = page.getByRole('region', { name: 'Copies par état' }).last()
    expect(await copies.getByRole('row', { name: /^Finalisation échouée 1 / }).count()).toBe(1)
    await expectSound()
  })

  it('holds the numbers still, and sets them going again', async () => {
    await page.getByRole('button', { name: 'Figer' }).click()
    await page.getByText(/^Figé à .*\d\d:\d\d:\d\d/).waitFor()
    let asked = 0
    const count = () => {
      asked += 1
    }
    page.on('request', count)
    await page.waitForTimeout(6_000)
    expect(asked).toBe(0)
    page.off('request', count)
    const again = page.waitForResponse(/operations\/backlog/)
    await page.getByRole('button', { name: 'Reprendre le direct' }).click()
    await again
  })

  it('looks at what a retry would do, says why, and does it; the copy is then finalized', async () => {
    isBroken = false
    await incident()
      .getByRole('button', { name: new RegExp(`retry-finalization ${copyId()}$`) })
      .first()
      .click()
    const dialog = page.getByRole('dialog', { name: 'Relancer la finalisation d’une copie' })
    await dialog.getByText('Simulation : rien n’a été changé.').waitFor()
    expect((await eventsOf(staff.admin, path)).some(({ action }) => action === 'REPAIR')).toBe(false)
    await expectAccessible(page)
    await expectIdsOnly()
    await dialog.getByLabel('Raison').selectOption('La cause a été levée')
    await dialog.getByLabel('Note (facultative)').fill(NOTE)
    await dialog.getByRole('button', { name: 'Exécuter' }).click()
    await dialog.getByText('C’est fait, et inscrit au journal d’audit.').waitFor()
    await expectIdsOnly()
    await dialog.getByRole('button', { name: 'Fermer' }).last().click()
    expect(await awaitGrading(staff.marker, path)).toMatchObject({ status: 'GRADED' })
    const events = await eventsOf(staff.admin, path)
    expect(events.find(({ action }) => action === 'REPAIR')).toMatchObject({
      actor: { ref: operator.actorRef },
      metadata: { action: 'retry-finalization', reason_code: 'cause-removed', note: NOTE },
    })
    expect(events.at(-1)).toMatchObject({ action: 'FINALIZE', metadata: { success: true } })
    await incident().first().waitFor({ state: 'detached', timeout: 40_000 })
    await page.getByRole('img', { name: /^Copies par état – Corrigée : 1$/ }).waitFor()
  })

  it('pauses a queue and sets it going again, each with a reason', async () => {
    await page.getByRole('button', { name: 'Mettre en pause la file Import' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Exécuter' }).click()
    await page.getByRole('dialog').getByText('C’est fait').waitFor()
    await page.getByRole('button', { name: 'Fermer' }).last().click()
    await page.getByRole('cell', { name: 'En pause', exact: true }).waitFor()
    await expectSound()
    await page.getByRole('button', { name: 'Remettre en marche la file Import' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Exécuter' }).click()
    await page.getByRole('dialog').getByText('C’est fait').waitFor()
    await page.getByRole('button', { name: 'Fermer' }).last().click()
    const acts = await auditOf(world, { actor: operator.actorRef })
    expect(acts.map(({ metadata }) => metadata['action'])).toEqual(
      expect.arrayContaining(['retry-finalization', 'pause-queue', 'resume-queue']),
    )
  })

  it('goes from the reference of an error to its log lines and events, in one step', async () => {
    const stranger = await world.newPage()
    await stranger.goto('/sign-in')
    await stranger.getByLabel('Adresse électronique').fill(marker.email)
    await stranger.getByRole('textbox', { name: 'Mot de passe' }).fill('not the password')
    await stranger.getByRole('button', { name: 'Se connecter' }).click()
    const reference = (await stranger.getByRole('alert').locator('code').textContent()) ?? ''
    await stranger.context().close()
    writeLogs()
    await page.goto('/console')
    await page.getByLabel('Chercher un identifiant').fill(reference)
    await page.keyboard.press('Enter')
    const story = page.getByRole('region', { name: 'Histoire de la requête' }).first()
    await story.getByText('POST /api/auth/sign-in/email').waitFor()
    await story.locator('summary').filter({ hasText: 'SIGN_IN' }).waitFor()
    await page.getByText(/^Lu dans 1 fichier de journal, depuis le /).waitFor()
    const [event] = await auditOf(world, { request: reference })
    expect(event).toMatchObject({ action: 'SIGN_IN', metadata: { success: false } })
    await story.locator('summary').first().click()
    await expectSound()
  })

  it('goes from a copy to its events, and from there to the request of each', async () => {
    await page.goto(`/console/search?id=${copyId()}`)
    await page.getByRole('region', { name: 'Derniers événements' }).first().waitFor()
    const row = page.getByRole('row').filter({ hasText: 'FINALIZE_REQUEST' }).first()
    await expectSound()
    await row.getByRole('link').last().click()
    await page.getByRole('region', { name: 'Histoire de la requête' }).first().waitFor()
    expect(await page.getByText(/finalize-copy, attempt \d/).count()).toBeGreaterThan(0)
    await expectSound()
  })

  it('is told when nobody knows an id, and when it can be none', async () => {
    await page.goto('/console/search?id=00000000-0000-4000-8000-000000000000')
    await page.getByText('Rien de ce nom').waitFor()
    await expectSound()
    await page.goto('/console/search?id=not%20an%20id')
    await page.getByText('Un identifiant a de 1 à 64 lettres').waitFor()
    await page.goto('/console/search')
    await page.getByText('Entrez un identifiant').waitFor()
    await expectSound()
  })

  it('reads the page of the playbook that belongs to an incident', async () => {
    await page.goto('/console')
    await page.getByRole('link', { name: 'Page du manuel' }).first().click()
    await page.getByRole('heading', { level: 2, name: 'Diagnostic' }).waitFor()
    await expectSound()
    await page.goto('/console/playbook/nothing')
    await page.getByText('Aucune page de ce nom').waitFor()
    await expectSound()
  })

  it('begins at a home, and has settings, which name nobody', async () => {
    await page.goto('/')
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.waitForLoadState('networkidle')
    await expectSound()
    await page.goto('/settings')
    await page.getByRole('heading', { name: 'Réglages' }).waitFor()
    await page.waitForLoadState('networkidle')
    await expectSound()
  })

  it('may not read what auditors do', async () => {
    await page.goto(`/audit/copies/${copyId()}`)
    await page.getByRole('heading', { name: 'Réservé à d’autres rôles' }).waitFor()
    await expectSound()
  })
})
