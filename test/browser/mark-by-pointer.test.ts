import type { CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectAccessible } from './support/accessible.ts'
import {
  type MarkingScene,
  openMarkingScene,
  placeOf,
  SCENE_PATIENCE_MS,
  saved,
} from './support/marking-scene.ts'

type At = { readonly x: number; readonly y: number }

/** A stroke of a pen, pressed harder and harder, as the browser gets it from a tablet. */
async function drawWithPen(cdp: CDPSession, from: At, to: At, steps = 12): Promise<void> {
  const send = (type: 'mousePressed' | 'mouseMoved' | 'mouseReleased', step: number) =>
    cdp.send('Input.dispatchMouseEvent', {
      type,
      x: from.x + ((to.x - from.x) * step) / steps,
      y: from.y + ((to.y - from.y) * step) / steps + (step % 2) * 6,
      button: 'left',
      buttons: 1,
      clickCount: 1,
      pointerType: 'pen',
      force: 0.3 + (0.6 * step) / steps,
    })
  await send('mousePressed', 0)
  for (let step = 1; step <= steps; step += 1) await send('mouseMoved', step)
  await send('mouseReleased', steps)
}

async function drag(page: Page, from: At, to: At): Promise<void> {
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2)
  await page.mouse.move(to.x, to.y)
  await page.mouse.up()
}

const kindsOf = (page: Page) =>
  page.locator('[data-mark]').evaluateAll((all) => all.map((mark) => mark.getAttribute('data-kind')).sort())

describe('a copy marked by hand', () => {
  let scene: MarkingScene
  beforeAll(async () => {
    scene = await openMarkingScene({ copies: 3 })
  }, SCENE_PATIENCE_MS)
  afterAll(() => scene?.close())

  it('takes a pen whose palm came before it for one stroke, with its pressure', async () => {
    const copyId = scene.takeCopy()
    const page = await scene.open(copyId, { hasTouch: true, viewport: { width: 1_112, height: 834 } })
    await page.getByRole('button', { name: 'Stylo' }).click()
    const cdp = await page.context().newCDPSession(page)
    const palm = await placeOf(page, 0.6, 0.5)
    await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [palm] })
    await drawWithPen(cdp, await placeOf(page, 0.3, 0.3), await placeOf(page, 0.6, 0.3))
    await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    await saved(page)
    expect(await kindsOf(page)).toEqual(['ink'])
    const { annotations } = (await scene.marker.get(`/api/copies/${copyId}/annotations`)).body
    const [stroke] = annotations[0].strokes
    expect(annotations[0].strokes).toHaveLength(1)
    expect(stroke.length).toBeGreaterThan(4)
    expect(stroke.at(-1).pressure).toBeGreaterThan(stroke[0].pressure)
    expect(await scene.trailOf(copyId)).toMatchObject([
      { action: 'LOCK' },
      { action: 'CREATE_ANN', metadata: { kind: 'ink', page: 1 } },
    ])
    // From now on fingers move the page.
    const button = page.getByRole('button', { name: 'Mode stylet : les doigts déplacent la page' })
    expect(await button.getAttribute('aria-pressed')).toBe('true')
    const finger = await placeOf(page, 0.5, 0.3)
    await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [finger] })
    await cdp.send('Input.dispatchTouchEvent', {
      type: 'touchMove',
      touchPoints: [{ ...finger, y: finger.y - 150 }],
    })
    await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    expect(await page.locator('#stage').evaluate(({ scrollTop }) => scrollTop)).toBeGreaterThan(100)
    expect(await kindsOf(page)).toEqual(['ink'])
    await expectAccessible(page)
    await page.context().close()
  })

  it('takes every kind of mark from a mouse, and has them moved, resized and deleted', async () => {
    const copyId = scene.takeCopy()
    const page = await scene.open(copyId)
    const choose = (name: string) => page.getByRole('button', { name, exact: true }).click()
    await choose('Coche')
    await page.mouse.click(...pair(await placeOf(page, 0.5, 0.1)))
    await choose('Croix')
    await page.mouse.click(...pair(await placeOf(page, 0.6, 0.1)))
    await choose('Surligner')
    await drag(page, await placeOf(page, 0.2, 0.2), await placeOf(page, 0.5, 0.23))
    await choose('Encadrer')
    await drag(page, await placeOf(page, 0.2, 0.3), await placeOf(page, 0.5, 0.36))
    await choose('Stylo')
    await drag(page, await placeOf(page, 0.6, 0.3), await placeOf(page, 0.8, 0.36))
    await choose('Commenter')
    await page.mouse.click(...pair(await placeOf(page, 0.8, 0.2)))
    await page.keyboard.type('À revoir')
    await choose('Poser')
    await saved(page)
    expect(await kindsOf(page)).toEqual(['box', 'comment', 'cross', 'highlight', 'ink', 'tick'])

    await choose('Sélectionner')
    await drag(page, await placeOf(page, 0.35, 0.33), await placeOf(page, 0.45, 0.4))
    await saved(page)
    const read = async () => (await scene.marker.get(`/api/copies/${copyId}/annotations`)).body.annotations
    const box = () => read().then((all) => all.find(({ kind }: { kind: string }) => kind === 'box'))
    const moved = await box()
    expect(moved.x).toBeCloseTo(0.3, 2)
    expect(moved.y).toBeCloseTo(0.37, 2)
    await drag(
      page,
      await placeOf(page, moved.x + moved.width, moved.y + moved.height),
      await placeOf(page, moved.x + 0.4, moved.y + 0.1),
    )
    await saved(page)
    expect((await box()).width).toBeCloseTo(0.4, 2)
    await page.keyboard.press('Delete')
    await choose('Gomme')
    await page.mouse.click(...pair(await placeOf(page, 0.6, 0.1)))
    await saved(page)
    expect(await kindsOf(page)).toEqual(['comment', 'highlight', 'ink', 'tick'])
    await choose('Annuler')
    await choose('Annuler')
    await saved(page)
    expect(await kindsOf(page)).toEqual(['box', 'comment', 'cross', 'highlight', 'ink', 'tick'])
    await choose('1.a : un pas de plus')
    await choose('1.b : toute la note, 5')
    await choose('1.b : un pas de moins')
    expect(await page.locator('[data-total]').textContent()).toBe('5,25 / 20')
    await saved(page)
    const actions = (await scene.trailOf(copyId)).map(({ action }) => action)
    expect(actions.filter((action) => action === 'SCORE')).toHaveLength(3)
    expect(actions.filter((action) => action === 'DELETE_ANN')).toHaveLength(2)
    expect(actions.filter((action) => action === 'UPDATE_ANN')).toHaveLength(2)
    await page.context().close()
  })

  it('loses nothing when its tab is killed a moment after a stroke', async () => {
    const copyId = scene.takeCopy()
    const page = await scene.open(copyId)
    await page.context().setOffline(true)
    await page.getByRole('button', { name: 'Stylo' }).click()
    await drag(page, await placeOf(page, 0.3, 0.3), await placeOf(page, 0.6, 0.35))
    await page.waitForTimeout(300)
    const cdp = await page.context().newCDPSession(page)
    const crashed = page.waitForEvent('crash')
    // A tab that has crashed answers nothing.
    void cdp.send('Page.crash').catch(() => undefined)
    await crashed
    const context = page.context()
    await page.close()
    await context.setOffline(false)
    expect(await scene.trailOf(copyId)).toMatchObject([{ action: 'LOCK' }])
    const again = await context.newPage()
    await again.goto(`/copies/${copyId}`)
    await again.locator('[data-lease=held]').waitFor()
    await again.locator('[data-kind=ink]').waitFor()
    await saved(again)
    const trail = await scene.trailOf(copyId)
    expect(trail.filter(({ action }) => action === 'CREATE_ANN')).toHaveLength(1)
    // The tab that died had the lock; the one after it goes on with it.
    expect(trail.filter(({ action }) => action === 'LOCK')).toHaveLength(1)
    await again.context().close()
  })
})

const pair = ({ x, y }: At): [number, number] => [x, y]
