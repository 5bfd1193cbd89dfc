import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { awaitGrading } from '../support/builders.ts'
import { expectAccessible, expectReflow } from './support/accessible.ts'
import { type MarkingScene, openMarkingScene, SCENE_PATIENCE_MS, saved } from './support/marking-scene.ts'
import { takeCookie } from './support/settle.ts'

const PATIENCE_MS = 180_000
const REMARK = 'Où est l’unité ?\nJuste, mais à justifier.'
const COMMENT = 'Travail sérieux, à poursuivre.'

const remarkOn = (page: Page, question: string) =>
  page.getByRole('textbox', { name: `${question}, remarque`, exact: true })
const comment = (page: Page) => page.getByRole('textbox', { name: 'Appréciation générale', exact: true })

describe('remarks written by keyboard', () => {
  let scene: MarkingScene
  let page: Page
  let copyId: string
  beforeAll(async () => {
    scene = await openMarkingScene({ copies: 3 })
    copyId = scene.takeCopy()
    page = await scene.open(copyId)
    // Words that only this device has are asked about before the page is left.
    page.on('dialog', (dialog) => void dialog.accept())
  }, SCENE_PATIENCE_MS)
  afterAll(() => scene?.close())

  const reload = async () => {
    await page.reload()
    await page.locator('[data-lease=held]').waitFor()
  }
  const remarksIn = async (id = copyId) =>
    (await scene.trailOf(id)).filter(({ action }) => action === 'REMARK').map(({ metadata }) => metadata)
  /** What the server has: the remark on each question that carries points, and on the whole. */
  const kept = async (id = copyId): Promise<(string | null)[]> => {
    const { items, comment: whole } = (await scene.staff.admin.get(`/api/copies/${id}/scores`)).body
    const scored = items.filter(({ step }: { step: number | null }) => step !== null)
    return [...scored, { remark: whole }].map(({ remark }) => remark.text)
  }

  it('on a question: M begins, every key writes, Ctrl+Enter keeps and goes back to the score', async () => {
    await page.keyboard.press('2')
    await page.keyboard.press('m')
    expect(await remarkOn(page, '1.a').evaluate((field) => field === document.activeElement)).toBe(true)
    await page.keyboard.type(REMARK)
    await expectAccessible(page)
    await expectReflow(page)
    await page.keyboard.press('Control+Enter')
    await saved(page)
    expect(await page.locator(':focus').getAttribute('aria-invalid')).toBeNull()
    expect(await page.locator(':focus').getAttribute('data-score')).not.toBeNull()
    expect(await kept()).toEqual([REMARK, null, null, null])
    expect(await page.locator('[data-total]').textContent()).toBe('2 / 20')
    expect((await scene.trailOf(copyId)).map(({ action }) => action)).toEqual(['LOCK', 'SCORE', 'REMARK'])
    await expectAccessible(page)
  })

  it('on the whole: what was typed, and never left, is there after a reload, and then on the server', async () => {
    await page.keyboard.press('a')
    await page.keyboard.type(COMMENT)
    await page.waitForTimeout(1_000)
    expect(await kept()).toEqual([REMARK, null, null, null])
    await reload()
    await saved(page)
    expect(await comment(page).inputValue()).toBe(COMMENT)
    expect(await remarkOn(page, '1.a').inputValue()).toBe(REMARK)
    await expect.poll(() => kept()).toEqual([REMARK, null, null, COMMENT])
    expect(await remarksIn()).toMatchObject([{ version: 1 }, { version: 1, removed: false }])
  })

  it('a reload in the middle of typing takes no more than the last second', async () => {
    await comment(page).focus()
    await page.keyboard.press('Control+End')
    const typed = 'abcdefghijklmnopqrstuvwxyz'
    await page.keyboard.type(` ${typed}`, { delay: 120 })
    await reload()
    await saved(page)
    const [text = ''] = (await kept()).slice(-1)
    expect(`${COMMENT} ${typed}`.startsWith(text ?? '-')).toBe(true)
    expect(text?.length).toBeGreaterThan(COMMENT.length + typed.length / 2)
  })

  it('are taken back, and brought back, one by one', async () => {
    await comment(page).fill(COMMENT)
    await page.keyboard.press('Escape')
    await saved(page)
    await page.keyboard.press('a')
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Delete')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('button', { name: 'Ajouter une appréciation générale' }).waitFor()
    await saved(page)
    expect((await remarksIn()).at(-1)).toMatchObject({ removed: true })
    await page.keyboard.press('Control+z')
    await saved(page)
    expect(await comment(page).inputValue()).toBe(COMMENT)
    expect((await kept()).at(-1)).toBe(COMMENT)
    const told = page.locator('[data-told]')
    expect(await told.textContent()).toBe('Annulé – Appréciation générale')

    const current = page.locator('[data-current]')
    await page.keyboard.press('m')
    await page.keyboard.type('Ici')
    await page.keyboard.press('Control+Enter')
    const question = await current.textContent()
    await page.keyboard.press('Control+z')
    await saved(page)
    expect(await told.textContent()).toBe('Annulé – 1.b, remarque')
    expect(await page.locator('[data-announcer]').textContent()).toContain('Annulé – 1.b, remarque')
    expect(await current.textContent()).toBe(question)
  })

  it('are kept on the device without a network, and sent once it is back', async () => {
    await page.context().setOffline(true)
    await page.getByRole('textbox', { name: 'Exercice 2, note sur' }).focus()
    await page.keyboard.press('m')
    await page.keyboard.type('Hors ligne')
    await page.keyboard.press('Control+Enter')
    await page.locator('[data-saving=offline]').getByText('1 modification gardée').waitFor()
    await page.context().setOffline(false)
    await saved(page)
    expect(await kept()).toEqual([REMARK, null, 'Hors ligne', COMMENT])
  })

  it('one whose answer never came is not sent again after a reload', async () => {
    let sent = 0
    await page.route('**/remarks/*', async (route) => {
      sent += 1
      await route.fetch()
      await route.abort()
    })
    await remarkOn(page, 'Exercice 2').fill('Sans réponse')
    await page.keyboard.press('Control+Enter')
    await expect.poll(() => kept()).toContain('Sans réponse')
    const before = sent
    const events = (await remarksIn()).length
    await reload()
    await saved(page)
    await page.unroute('**/remarks/*')
    expect(sent).toBe(before)
    expect(await remarkOn(page, 'Exercice 2').inputValue()).toBe('Sans réponse')
    expect(await remarksIn()).toHaveLength(events)
  })

  it('stand in the list of keys', async () => {
    await page.keyboard.press('?')
    for (const [name, letter] of [
      ['Remarque sur la question', 'M'],
      ['Appréciation générale', 'A'],
    ]) {
      expect(await page.getByRole('textbox', { name: `Touche pour « ${name} »` }).inputValue()).toBe(letter)
    }
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
  })

  it(
    'that two devices wrote are both shown, and a person chooses',
    async () => {
      const other = scene.takeCopy()
      const mine = await scene.open(other)
      await mine.context().setOffline(true)
      await mine.keyboard.press('a')
      await mine.keyboard.type('La mienne')
      await mine.keyboard.press('Control+Enter')
      const theirs = await scene.world.newPage()
      await takeCookie(theirs.context(), scene.world.app.url, scene.marker.cookie)
      await theirs.goto(`/copies/${other}`)
      await theirs.getByRole('button', { name: 'Corriger ici' }).click()
      await theirs.locator('[data-lease=held]').waitFor()
      await theirs.getByRole('button', { name: 'Ajouter une appréciation générale' }).click()
      await theirs.keyboard.type('La leur')
      // Leaving the copy keeps what is typed, sends it and gives the copy back.
      await theirs.getByRole('link', { name: 'Mes copies' }).click()
      await theirs.getByRole('heading', { name: 'Mes copies' }).waitFor()
      await expect.poll(() => kept(other)).toContain('La leur')
      await expect
        .poll(async () => (await scene.staff.admin.get(`/api/copies/${other}`)).body.status)
        .toBe('READY')

      await mine.context().setOffline(false)
      await mine.getByRole('heading', { name: 'Deux versions de cette copie' }).waitFor()
      await expectAccessible(mine)
      const choice = mine.getByRole('group', { name: 'Appréciation générale' })
      expect(await choice.textContent()).toMatch(/Sur cet appareil : La mienne.*Sur le serveur : La leur/)
      await choice.getByText('Sur cet appareil').click()
      await mine.getByRole('button', { name: 'Appliquer ce choix' }).click()
      await saved(mine)
      expect((await kept(other)).at(-1)).toBe('La mienne')
      expect(await remarksIn(other)).toMatchObject([{ version: 1 }, { version: 2 }])
      await theirs.context().close()
      await mine.context().close()
    },
    PATIENCE_MS,
  )

  it(
    'are read by the student once the copy is finished and released',
    async () => {
      for (const question of ['1.b', 'Exercice 2']) {
        await page.getByRole('textbox', { name: `${question}, note sur` }).fill('3')
        await page.keyboard.press('Enter')
      }
      await page.keyboard.press('Escape')
      await page.keyboard.press('j')
      await page.locator('#finish-reasons').waitFor({ state: 'detached' })
      const before = page.url()
      await page.keyboard.press('Control+Enter')
      await page.waitForURL((url) => url.href !== before)
      const path = `/api/copies/${copyId}`
      expect((await awaitGrading(scene.marker, path)).status).toBe('GRADED')

      const phone = await scene.world.newPage({ viewport: { width: 390, height: 844 } })
      const { accountId } = await scene.world.signInAs(phone, 'student')
      const { admin, examId } = scene.staff
      await admin.call('PUT', `${path}/student`, { body: { accountId } })
      await admin.call('PUT', `/api/exams/${examId}/release`, { body: { isReleased: true }, version: 0 })
      await phone.goto(`/results/${copyId}`)
      await phone.getByRole('heading', { name: 'Appréciation générale' }).waitFor()
      await phone.getByText(COMMENT).waitFor()
      const remarks = phone.getByRole('list', { name: 'Remarques par question' }).getByRole('listitem')
      expect(await remarks.allTextContents()).toEqual([`1.a${REMARK}`, 'Exercice 2Sans réponse'])
      await expectAccessible(phone)
      await expectReflow(phone)
      await phone.context().close()
    },
    PATIENCE_MS,
  )
})
