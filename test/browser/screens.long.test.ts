import { afterAll, beforeAll, describe, it } from 'vitest'
import { SCREENS } from './screens/list.ts'
import { expectAccessible, expectReflow } from './support/accessible.ts'
import { openScreenScene, type ScreenScene } from './support/screen-scene.ts'

describe('every screen, in every appearance', () => {
  let scene: ScreenScene
  beforeAll(async () => {
    scene = await openScreenScene()
  })
  afterAll(() => scene?.close())

  describe.each(['fr', 'en'] as const)('in %s', (language) => {
    it.each(SCREENS)('$name', async (screen) => {
      const page = await scene.open(screen, language)
      await expectAccessible(page)
      await expectReflow(page)
      await page.emulateMedia({ colorScheme: 'dark' })
      await expectAccessible(page)
      await page.emulateMedia({ contrast: 'more', forcedColors: 'active' })
      await expectAccessible(page)
      await page.context().close()
    })
  })
})
