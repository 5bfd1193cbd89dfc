import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { awaitGrading } from '../support/builders.ts'
import { expectAccessible, expectReflow, focusOrder } from './support/accessible.ts'
import { type MarkingScene, openMarkingScene, SCENE_PATIENCE_MS, saved } from './support/marking-scene.ts'

/** The keys of the top row on a French keyboard, without Shift. */
const AZERTY: Readonly<Record<string, readonly [string, string]>> = {
  '0': ['à', 'Digit0'],
  '1': ['&', 'Digit1'],
  '2': ['é', 'Digit2'],
  '3': ['"', 'Digit3'],
  '4': ["'", 'Digit4'],
  '5': ['(', 'Digit5'],
  ',': [',', 'KeyM'],
}

/** Presses keys as a French keyboard sends them. */
async function typeOnAzerty(page: Page, text: string): Promise<void> {
  const keyboard = await page.context().newCDPSession(page)
  for (const character of text) {
    const [key, code] = AZERTY[character] ?? [character, '']
    const press = { key, code, text: key, unmodifiedText: key, windowsVirtualKeyCode: 0 }
    await keyboard.send('Input.dispatchKeyEvent', { type: 'keyDown', ...press })
    await keyboard.send('Input.dispatchKeyEvent', { type: 'keyUp', ...press })
  }
  await keyboard.detach()
}

describe('a copy marked by keyboard alone, on AZERTY', () => {
  let scene: MarkingScene
  let page: Page
  let copyId: string
  beforeAll(async () => {
    scene = await openMarkingScene({ copies: 3 })
    copyId = scene.takeCopy()
    page = await scene.open(copyId)
  }, SCENE_PATIENCE_MS)
  afterAll(() => scene?.close())

  const total = () => page.locator('[data-total]').textContent()
  const reasons = () => page.locator('#finish-reasons').textContent()

  it('tells why it cannot be finished yet', async () => {
    expect(await reasons()).toBe('Sans note : 1.a, 1.b, Exercice 2. Page 2 non vue.')
    await page.keyboard.press('Control+Enter')
    expect(await scene.trailOf(copyId)).toMatchObject([{ action: 'LOCK' }])
    await expectAccessible(page)
    await expectReflow(page)
    await expect(
      (await page.locator('body').ariaSnapshot()).replace(/[0-9A-Z]{4}-[0-9A-Z]{4}/, 'CODE'),
    ).toMatchFileSnapshot('aria/workbench.fr.aria')
  })

  it('is gone through in the order in which one reads, or from part to part by F6', async () => {
    await page.locator('a[href="#content"]').focus()
    await expect(
      (await focusOrder(page)).join('\n').replace(/[0-9A-Z]{4}-[0-9A-Z]{4}/, 'CODE'),
    ).toMatchFileSnapshot('aria/workbench-focus.fr.txt')
    const parts: string[] = []
    for (const _ of [1, 2, 3, 4]) {
      await page.keyboard.press('F6')
      parts.push(
        await page.evaluate(() => {
          const part = document.activeElement?.closest('#stage, #scores, #tools, nav')
          return part?.id || part?.tagName || ''
        }),
      )
    }
    expect([...parts].sort()).toEqual(['NAV', 'scores', 'stage', 'tools'])
    await page.locator('#stage').focus()
  })

  it('takes digits without Shift and the comma, and adds up at every key', async () => {
    await typeOnAzerty(page, '2')
    expect(await total()).toBe('2 / 20')
    await typeOnAzerty(page, ',5')
    expect(await total()).toBe('2,5 / 20')
    await page.keyboard.press('Enter')
    await typeOnAzerty(page, '4,25')
    await page.keyboard.press('Enter')
    await saved(page)
    expect(await total()).toBe('6,75 / 20')
  })

  it('says in words what the rubric does not allow', async () => {
    await typeOnAzerty(page, '3,5')
    await page.keyboard.press('Tab')
    await page.getByText('Par pas de 1.').waitFor()
    await expectAccessible(page)
    await page.keyboard.press('Shift+Tab')
    await typeOnAzerty(page, '13')
    await page.getByText('Au plus 12.').waitFor()
    await page.keyboard.press('Control+a')
    await typeOnAzerty(page, '10')
    await page.keyboard.press('Enter')
    await saved(page)
    expect(await total()).toBe('16,75 / 20')
  })

  it('goes up and down by the steps of the rubric, and says what was undone', async () => {
    await page.keyboard.press('Alt+ArrowUp')
    await page.keyboard.press('ArrowUp')
    expect(await total()).toBe('17 / 20')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    expect(await total()).toBe('16,5 / 20')
    await page.keyboard.press('Escape')
    for (const before of ['16,75', '17', '16,75']) {
      await page.keyboard.press('Control+z')
      expect(await total()).toBe(`${before} / 20`)
    }
    expect(await page.locator('[data-told]').textContent()).toBe('Annulé – 1.b, note')
    await page.keyboard.press('Alt+ArrowDown')
    await saved(page)
  })

  it('is annotated with every kind of mark', async () => {
    await page.keyboard.press('Escape')
    await page.keyboard.press('y')
    for (const key of ['p', 'h', 'f']) {
      await page.keyboard.press('Escape')
      await page.keyboard.press(key)
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press(' ')
    }
    for (const [key, words] of [
      ['t', 'Justifiez.'],
      ['e', 'Bien vu'],
    ] as const) {
      await page.keyboard.press('Escape')
      await page.keyboard.press(key)
      await page.keyboard.press(' ')
      await page.getByRole('dialog').waitFor()
      await expectAccessible(page)
      await page.keyboard.type(words)
      await page.keyboard.press('Enter')
    }
    await page.keyboard.press('Escape')
    await page.keyboard.press('n')
    await saved(page)
    const kinds = await page
      .locator('[data-mark]')
      .evaluateAll((all) => all.map((mark) => mark.getAttribute('data-kind')))
    expect(kinds.sort()).toEqual(['box', 'comment', 'cross', 'highlight', 'ink', 'text', 'tick'])
    await expectAccessible(page)
  })

  it('has what is selected moved, made larger, deleted, and all that undone', async () => {
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Shift+ArrowDown')
    await page.keyboard.press('Shift+S')
    await page.keyboard.press('Delete')
    await saved(page)
    expect(await page.locator('[data-kind=cross]').count()).toBe(0)
    await page.keyboard.press('Control+z')
    await saved(page)
    expect(await page.locator('[data-kind=cross]').count()).toBe(1)
    expect((await scene.trailOf(copyId)).slice(-5).map(({ action }) => action)).toEqual([
      'UPDATE_ANN',
      'UPDATE_ANN',
      'UPDATE_ANN',
      'DELETE_ANN',
      'CREATE_ANN',
    ])
  })

  it('shows its keys', async () => {
    await page.keyboard.press('?')
    await page.getByRole('heading', { name: 'Raccourcis du clavier' }).waitFor()
    await expectAccessible(page)
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
  })

  it('gives a shortcut another letter, with what Shift adds, and remembers it', async () => {
    await page.keyboard.press('?')
    await page.getByRole('textbox', { name: 'Touche pour « Page suivante »' }).fill('q')
    expect(await page.locator('[data-announcer]').textContent()).toContain('Q : Page suivante.')
    await expectAccessible(page)
    await page.keyboard.press('Escape')
    await page.keyboard.press('j')
    expect(await page.locator('[data-page="1"]').count()).toBe(1)
    await page.reload()
    await page.locator('[data-lease=held]').waitFor()
    await page.keyboard.press('q')
    await page.locator('[data-page="2"]').waitFor()
    await page.keyboard.press('?')
    await page.getByRole('button', { name: 'Remettre les lettres d’origine' }).click()
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
    await page.keyboard.press('k')
    await page.locator('[data-page="1"]').waitFor()
  })

  it('finds every command by its name, without its accents', async () => {
    await page.keyboard.press('Control+k')
    const palette = page.getByRole('combobox', { name: 'Chercher une commande' })
    await palette.waitFor()
    await expectAccessible(page)
    await page.keyboard.type('rien de tel')
    await page.getByText('Aucune commande ne contient « rien de tel ».').waitFor()
    await palette.fill('precedente')
    expect(await page.getByRole('option').allTextContents()).toEqual([
      'Page précédenteK',
      'Copie précédenteMaj + K',
    ])
    await palette.fill('page 2')
    await page.keyboard.press('Enter')
    await page.locator('[data-page="2"]').waitFor()
    expect(await page.locator(':focus').getAttribute('id')).toBe('stage')
    await page.keyboard.press('Control+k')
    await palette.fill('question 1.b')
    await page.keyboard.press('Enter')
    await page.locator('[data-score]:focus').waitFor()
    expect(await page.locator(':focus').inputValue()).toBe('4,25')
  })

  it('is finished, and the next one is there', async () => {
    await page.keyboard.press('j')
    await page.locator('[data-page="2"]').waitFor()
    await page.locator('#finish-reasons').waitFor({ state: 'detached' })
    const before = page.url()
    await page.keyboard.press('Control+Enter')
    await page.waitForURL((url) => url.href !== before)
    await page.locator('[data-lease=held]').waitFor()
    expect(await page.locator('[data-announcer]').textContent()).toContain('Copie terminée.')
    const path = `/api/copies/${copyId}`
    expect((await awaitGrading(scene.marker, path)).result).toMatchObject({ finalScore: 16.75 })
    const trail = await scene.trailOf(copyId)
    // Three were given; one went up and down, and back.
    expect(trail.filter(({ action }) => action === 'SCORE')).toHaveLength(9)
    expect(trail.slice(-2)).toMatchObject([
      { action: 'FINALIZE_REQUEST' },
      { action: 'FINALIZE', metadata: { success: true } },
    ])
  })

  it('is left in the middle of a score, which stays with its copy; how near one looks goes on', async () => {
    const left = new URL(page.url()).pathname
    await page.keyboard.press('z')
    await typeOnAzerty(page, '2')
    expect(await total()).toBe('2 / 20')
    await page.keyboard.press('Shift+J')
    await page.waitForURL((url) => url.pathname !== left)
    await page.locator('[data-lease=held]').waitFor()
    expect(await total()).toBe('0 / 20')
    expect(await page.locator('#tools').textContent()).toContain('125 %')
    await saved(page)
    const points = async (copy: string) =>
      (await scene.marker.get(`/api${copy}/scores`)).body.items.map(
        (item: { points: unknown }) => item.points,
      )
    await expect.poll(() => points(left)).toContain(2)
    expect(new Set(await points(new URL(page.url()).pathname))).toEqual(new Set([null]))
  })
})
