import { randomBytes } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MEBIBYTE } from '../../src/platform/units.ts'
import { badFiles } from '../support/bad-files.ts'
import { makeExamWith, until } from '../support/builders.ts'
import { makeScan } from '../support/scans.ts'
import { expectAccessible, expectReflow } from './support/accessible.ts'
import { auditOf, type BrowserApp, openBrowser, type Person } from './support/open-browser.ts'

const pdf = (name: string, buffer: Uint8Array) => ({
  name,
  mimeType: 'application/pdf',
  buffer: Buffer.from(buffer),
})

describe('scans', () => {
  let world: BrowserApp
  let page: Page
  let admin: Person
  let examId: string
  let large: Buffer
  beforeAll(async () => {
    world = await openBrowser()
    page = await world.newPage()
    admin = await world.signInAs(page, 'admin')
    examId = (await makeExamWith(admin, await world.app.signIn('marker'))).examId
    // What lies behind the end of a PDF is not read before the import.
    large = Buffer.concat([await makeScan(1, 2), randomBytes(12 * MEBIBYTE)])
  })
  afterAll(() => world?.close())

  const choose = (...files: ReturnType<typeof pdf>[]) => page.locator('input[type=file]').setInputFiles(files)
  const entry = (name: string) => page.getByRole('listitem').filter({ hasText: name })
  const batches = async () => (await admin.get(`/api/exams/${examId}/batches`)).body.batches
  const uploadsOf = async () =>
    (await auditOf(world, { actor: admin.actorRef })).filter(({ action }) => action === 'UPLOAD')

  it('of which the network breaks off go on after a reload, where they were, and are there once', async () => {
    await page.goto(`/exams/${examId}/upload`)
    await page.getByRole('heading', { name: 'Déposer des scans' }).waitFor()
    await expectAccessible(page)
    let parts = 0
    await page.route('**/api/uploads/*', async (route) => {
      if (route.request().method() === 'PATCH') parts += 1
      await (parts > 2 ? route.abort('internetdisconnected') : route.continue())
    })
    await choose(
      pdf('grand.pdf', large),
      pdf('deux.pdf', await makeScan(1, 1)),
      pdf('trois.pdf', await makeScan(2, 1)),
    )
    await entry('grand.pdf').getByText('Connexion perdue').waitFor()
    await expectAccessible(page)
    const [broken] = (await admin.get('/api/uploads')).body.uploads
    expect(broken.offset).toBe(8 * MEBIBYTE)

    page.once('dialog', (dialog) => void dialog.accept())
    await page.reload()
    await page.unroute('**/api/uploads/*')
    await page.getByText('Un dépôt s’est interrompu.').waitFor()
    await expectAccessible(page)
    const sent: string[] = []
    page.on('request', (request) => {
      if (request.method() === 'PATCH') sent.push(request.headers()['upload-offset'] ?? '')
    })
    await choose(
      pdf('grand.pdf', large),
      pdf('deux.pdf', await makeScan(1, 1)),
      pdf('trois.pdf', await makeScan(2, 1)),
    )
    for (const name of ['grand.pdf', 'deux.pdf', 'trois.pdf']) {
      await entry(name).getByText('Déposé', { exact: true }).waitFor()
    }
    expect(sent[0]).toBe(String(8 * MEBIBYTE))
    expect(await batches()).toHaveLength(3)
    expect(await uploadsOf()).toHaveLength(3)
  })

  it('show how many of their pages are read, and are read to the end', async () => {
    const table = page.getByRole('table', { name: 'Scans' })
    await until(async () =>
      (await table.getByText('Pages lues', { exact: true }).count()) === 3 ? true : undefined,
    )
    await expectAccessible(page)
    await expectReflow(page)
  })

  it('that the exam has already are not taken twice, unless somebody says so', async () => {
    await choose(pdf('encore.pdf', await makeScan(1, 1)))
    await entry('encore.pdf').getByText('Cette épreuve contient déjà ce fichier.').waitFor()
    await expectAccessible(page)
    expect(await batches()).toHaveLength(3)
    await entry('encore.pdf').getByRole('button', { name: 'Déposer quand même' }).click()
    await entry('encore.pdf').getByText('Déposé', { exact: true }).waitFor()
    expect(await batches()).toHaveLength(4)
    expect(await uploadsOf()).toHaveLength(4)
  })

  it('that are no PDF are refused at once, with the reason', async () => {
    await choose(pdf('texte.pdf', Buffer.from('ceci n’est pas un PDF')))
    await entry('texte.pdf').getByText('Refusé').waitFor()
    await entry('texte.pdf').getByText('Ce fichier n’est pas un PDF.').waitFor()
    await expectAccessible(page)
  })

  it.each([
    ['corrupt', 'Ce PDF est abîmé et ne peut pas être lu.', 'This PDF is damaged and cannot be read.'],
    ['encrypted', 'Ce PDF est protégé par un mot de passe.', 'This PDF is protected by a password.'],
  ])(
    'that are %s fail with the reason in both languages, and the others go on',
    async (code, french, english) => {
      const bad = badFiles.find(({ fate }) => 'fails' in fate && fate.fails === code) ?? expect.fail(code)
      await choose(pdf(`${code}.pdf`, await bad.make()), pdf(`apres-${code}.pdf`, await makeScan(3, 1)))
      await entry(`apres-${code}.pdf`)
        .getByText(/Déposé|Déjà déposé/)
        .first()
        .waitFor()
      const row = page.getByRole('row').filter({ hasText: `${code}.pdf` })
      await row.getByText(french).waitFor({ timeout: 60_000 })
      await expectAccessible(page)
      const other = await world.newPage({ locale: 'en-GB' })
      await other.context().addCookies(await page.context().cookies())
      await other.goto(`/exams/${examId}`)
      await other.getByText(english).waitFor()
      await other.context().close()
      const failed = (await batches()).find(
        ({ errorCode }: { errorCode: string | null }) => errorCode === code,
      )
      const imports = (await auditOf(world, {})).filter(({ action }) => action === 'IMPORT')
      expect(failed?.status).toBe('FAILED')
      expect(imports.map(({ metadata }) => metadata)).toContainEqual(
        expect.objectContaining({ success: false, error_code: code }),
      )
    },
  )
})
