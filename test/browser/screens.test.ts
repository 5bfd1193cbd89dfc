import { afterAll, beforeAll, describe, it } from 'vitest'
import { SCREENS } from './screens/list.ts'
import { expectAccessible, expectReflow } from './support/accessible.ts'
import { expectSaid } from './support/expect-said.ts'
import { openScreenScene, type ScreenScene } from './support/screen-scene.ts'

/** What every screen says, and that everybody can use it; `screens.long.test.ts` has both languages and every appearance. */
describe('every screen', () => {
  let scene: ScreenScene
  beforeAll(async () => {
    scene = await openScreenScene()
  })
  afterAll(() => scene?.close())

  it.each(SCREENS)('$name', async (screen) => {
    const page = await scene.open(screen, 'fr')
    await expectSaid(page, screen.name, 'fr')
    await expectAccessible(page)
    await expectReflow(page)
    await page.context().close()
  })
})
