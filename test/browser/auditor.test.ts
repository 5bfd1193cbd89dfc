import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestClient } from '../support/client.ts'
import { type BuiltCopy, openCopyWorkshop } from '../support/copy-in-state.ts'
import { runAs } from '../support/database.ts'
import { publishLogOf } from '../support/publish-app-log.ts'
import { expectAccessible, expectReflow } from './support/accessible.ts'
import { auditOf, type BrowserApp, openBrowser, type Person } from './support/open-browser.ts'
import { alterEvents } from './support/superuser.ts'

describe('an auditor', () => {
  let world: BrowserApp
  let workshop: Awaited<ReturnType<typeof openCopyWorkshop>>
  let page: Page
  let auditor: Person
  let marker: TestClient
  let graded: BuiltCopy
  let events: readonly { readonly id: string; readonly action: string }[]
  beforeAll(async () => {
    world = await openBrowser({ worker: false })
    marker = await world.app.signIn('marker')
    workshop = await openCopyWorkshop(world.app, await world.app.signIn('admin'))
    graded = await workshop.make({ status: 'GRADED', marker })
    const marked = await workshop.make({ status: 'LOCKED', marker })
    const { lockToken } = marked
    for (const x of [0.1, 0.2, 0.3, 0.4]) {
      const body = { pageNumber: 1, kind: 'tick', x, y: 0.5 }
      await marker.post(`${marked.path}/annotations`, { body, lockToken })
    }
    page = await world.newPage()
    auditor = await world.signInAs(page, 'auditor')
    events = (await auditor.get(`${graded.path}/events`)).body.events
  })
  afterAll(async () => {
    await workshop?.close()
    await world?.close()
  })

  const verdict = () => page.getByRole('region', { name: 'Verdict' })
  const open = async (copyId: string) => {
    await page.goto(`/audit/copies/${copyId}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
  }
  const again = () => page.getByRole('button', { name: 'Refaire la vérification' }).click()
  /** With what differs from run to run left out. */
  const snapshot = async () =>
    (await page.locator('body').ariaSnapshot())
      .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|…[0-9a-f]{8}/g, 'ID')
      .replace(/[0-9a-f]{32,}/g, 'HEX')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'INSTANT')
      .replace(/de \d+ entrées|\d+, \d+ étapes/g, 'N')
      .replace(/\d{1,2} \p{L}+\.? \d{4}(?:,| à)? \d\d:\d\d:\d\d \S+/gu, 'MOMENT')
      .replace(/paraph\.invalid\/[0-9a-f]+/g, 'ORIGIN')
      .replace(/n° [\d\s]+/g, 'n° N ')

  it('is told that nothing is published as long as nothing is', async () => {
    await open(graded.copyId)
    await verdict().getByText('Pas encore vérifiable.').waitFor()
    await expectAccessible(page)
    await page.goto('/audit/log')
    await page.getByText('Rien n’est encore publié').waitFor()
    await expectAccessible(page)
  })

  it('finds the log of a copy from the exam, and sees that it is authentic', async () => {
    await publishLogOf(world.app)
    await page.goto('/')
    await page.getByRole('link', { name: 'Examen de test' }).click()
    await page.getByRole('link', { name: 'TEST-1', exact: true }).click()
    await verdict().getByText('Authentique. 5 événements, aucun manquant, aucun modifié.').waitFor()
    expect(await verdict().textContent()).toMatch(
      /Vérifié dans ce navigateur le .* \d\d:\d\d:\d\d \S+, contre le point de contrôle de \d+ entrées/,
    )
    await page.getByText('Finalisée : 12 pt, essai 1').waitFor()
    await expectAccessible(page)
    await expectReflow(page)
    await expect(await snapshot()).toMatchFileSnapshot('aria/timeline-authentic.fr.aria')
    const read = await auditOf(world, { actor: auditor.actorRef })
    expect(read.map(({ action, metadata }) => [action, metadata['what']])).toContainEqual(['READ', 'proof'])
  })

  it('sees of an event the moment with its zone, the request, the hash and the bytes that were signed', async () => {
    await page.getByText('Finalisée : 12 pt, essai 1').click()
    const row = page.locator('details[open]').filter({ hasText: 'Empreinte SHA-256' })
    expect(await row.locator('time').textContent()).toMatch(/\d\d:\d\d:\d\d UTC\+\d/)
    expect(await row.textContent()).toContain('built-by-sql')
    expect(await row.locator('pre').textContent()).toMatch(/^\{"action":"FINALIZE","actor":/)
    await expectAccessible(page)
    await expectReflow(page)
  })

  it('learns who acted only by saying why, which the log then holds', async () => {
    const row = page.locator('details').filter({ hasText: 'Réservée pour être corrigée' }).first()
    await row.locator('summary').first().click()
    await row.getByText('Qui est-ce ?').click()
    await row.getByLabel('Raison').selectOption('Réclamation')
    await expectAccessible(page)
    await row.getByRole('button', { name: 'Révéler le nom' }).click()
    await row.getByText('Camille Exemple (Correction)').waitFor()
    expect((await auditOf(world, { actor: auditor.actorRef })).at(-1)).toMatchObject({
      action: 'REVEAL',
      metadata: { reason_code: 'complaint' },
    })
    await row.locator('summary').first().click()
  })

  it('takes the proof away, of the copy and of one event, without what is sealed', async () => {
    const save = async (name: string) => {
      const saving = page.waitForEvent('download')
      await page.getByRole('button', { name, exact: true }).click()
      const file = await saving
      return { name: file.suggestedFilename(), text: readFileSync(await file.path(), 'utf8') }
    }
    const ofCopy = await save('Télécharger la preuve')
    expect(ofCopy.name).toBe(`copy-${graded.copyId}.proof.json`)
    expect(JSON.parse(ofCopy.text).entries).toHaveLength(events.length)
    expect(ofCopy.text).not.toContain('disclosed')
    const ofEvent = await save('Télécharger la preuve de l’événement')
    expect(ofEvent.text).toMatch(/^c2sp\.org\/tlog-proof@v1\nextra \S+\nindex \d+\n/)
    await page.getByText('Comment est-ce vérifié ?').click()
    await page.getByText('Vérifier sans nous, avec sh, base64 et openssl').waitFor()
    await expectAccessible(page)
    await expectReflow(page)
  })

  it('checks with a key that he holds, and is told when it is not the one', async () => {
    await page.getByLabel('Clé que vous détenez').fill('example.org/log+00000000+AAAA')
    await page.getByRole('button', { name: 'Vérifier avec cette clé' }).click()
    await verdict().getByText('La clé n’est pas une clé de journal.').waitFor()
    const { vkeys } = (await auditor.get('/api/audit/log/keys')).body
    await page.getByLabel('Clé que vous détenez').fill(vkeys[0])
    await page.getByRole('button', { name: 'Vérifier avec cette clé' }).click()
    await verdict().getByText('Avec la clé que vous avez saisie.').waitFor()
  })

  it('sees edits in a row as one, and can leave them out', async () => {
    await page.goto(`/audit/exams/${workshop.examId}`)
    await page.getByRole('link', { name: 'TEST-2', exact: true }).click()
    await page.getByText('4 ajouts').waitFor()
    await expectAccessible(page)
    await page.getByText('Échecs', { exact: true }).click()
    await page.getByText('Le filtre cache les 7 événements de cette copie.').waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Tout afficher' }).click()
    await page.getByText('4 ajouts').click()
    expect(await page.getByText('Annotation ajoutée, page 1').count()).toBe(4)
  })

  it('sees the whole log verified, and that it continues a checkpoint that was kept', async () => {
    await page.goto('/audit/log')
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Garder ce point de contrôle' }).click()
    const kept = readFileSync(await (await saving).path())
    await publishLogOf(world.app)
    await page
      .getByLabel('Point de contrôle gardé d’un autre jour')
      .setInputFiles({ name: 'kept', mimeType: 'text/plain', buffer: kept })
    await page.getByRole('button', { name: 'Vérifier tout le journal' }).click()
    await verdict()
      .getByText(/^Intact\. Les \d+ entrées du journal mènent à la racine signée\.$/)
      .waitFor()
    await verdict()
      .getByText(/^Il prolonge le point de contrôle que vous avez gardé/)
      .waitFor()
    await expectAccessible(page)
    await expectReflow(page)
  })

  it('sees the screen turn to failure when one byte was altered in the database, and which event it was', async () => {
    const altered = events.find(({ action }) => action === 'FINALIZE')?.id ?? expect.fail('no event')
    await open(graded.copyId)
    await verdict().getByText('Authentique.').waitFor()
    const flip = `update audit_event set leaf = set_byte(leaf, 60, get_byte(leaf, 60) # 1) where id = ${altered}`
    await alterEvents(world.app, flip)
    await again()
    const sentence = `L’événement n° ${altered} ne correspond pas à son empreinte dans le journal signé.`
    await verdict().getByText('Pas authentique.').waitFor()
    await verdict().getByText(sentence).waitFor()
    expect(await verdict().getAttribute('data-verdict')).toBe('bad')
    expect(await verdict().textContent()).toContain('Ne modifiez rien, téléchargez la preuve')
    expect(await page.locator('details[open]').filter({ hasText: sentence }).count()).toBe(1)
    expect(await page.getByText('Prouvé', { exact: true }).count()).toBe(events.length - 1)
    await expectAccessible(page)
    await expectReflow(page)
    await expect(await snapshot()).toMatchFileSnapshot('aria/timeline-false.fr.aria')
    await alterEvents(world.app, flip)
    await again()
    await verdict().getByText('Authentique.').waitFor()
  })

  it('sees that a column beside the bytes was altered, and that a row is missing', async () => {
    const [locked] = await runAs<{ id: string; seq: number }>(
      world.app.database.ownerUrl,
      `select id::text, seq from audit_event where action = 'LOCK' and stream_ref =
         (select stream_ref from copy where id = $1)`,
      [graded.copyId],
    )
    const { id = '', seq = 0 } = locked ?? {}
    await alterEvents(
      world.app,
      `update audit_event set occurred_at = occurred_at - interval '1 day' where id = ${id}`,
    )
    await again()
    await verdict()
      .getByText(
        `L’événement n° ${id} est affiché autrement que ses octets signés ne le disent (champ « time »).`,
      )
      .waitFor()
    await alterEvents(world.app, `delete from audit_event where id = ${id}`)
    await again()
    await verdict().getByText(`L’événement de rang ${seq} manque.`).waitFor()
    await expectAccessible(page)
  })

  it('reads the same in English', async () => {
    const english = await world.newPage({ locale: 'en-GB' })
    await world.signInAs(english, 'auditor', `/audit/copies/${graded.copyId}`)
    await english.getByText('Not authentic.').waitFor()
    await english.getByText('Change nothing, download the proof').waitFor()
    await expectAccessible(english)
    await english.context().close()
  })
})
