import type { Page } from 'playwright-core'
import type { Role } from '../../../src/platform/http-route.ts'
import { importScan, makeExamWith, makeReadyCopy } from '../../support/builders.ts'
import type { SignedIn } from '../../support/client.ts'
import type { Screen, Things } from '../screens/list.ts'
import { openBrowser } from './open-browser.ts'
import { releaseCopy } from './release-copy.ts'
import { openScreen, takeCookie } from './settle.ts'

const LOCALES = { fr: 'fr-FR', en: 'en-GB' } as const

export type ScreenScene = {
  /** A screen as its reader sees it, once it has nothing left to load. */
  open(screen: Screen, language: keyof typeof LOCALES): Promise<Page>
  close(): Promise<void>
}

/** A person of each role, and something to look at on every screen. */
export async function openScreenScene(): Promise<ScreenScene> {
  const world = await openBrowser()
  const people = new Map<Role, SignedIn>()
  for (const role of ['admin', 'marker', 'operator', 'auditor', 'student'] as const) {
    people.set(role, await world.app.signIn(role))
  }
  const staff = await makeExamWith(people.get('admin') as SignedIn, people.get('marker') as SignedIn)
  const path = await makeReadyCopy(staff)
  const { batch } = await importScan(staff)
  const things: Things = {
    examId: staff.examId,
    readyCopyId: path.split('/').at(-1) ?? '',
    batchId: batch.id,
    resultCopyId: await releaseCopy(staff, people.get('student') as SignedIn),
  }
  return {
    open: async ({ role, path: pathOf }, language) => {
      const page = await world.newPage({ locale: LOCALES[language] })
      const cookie = role && people.get(role)?.cookie
      if (cookie) await takeCookie(page.context(), world.app.url, cookie)
      await openScreen(page, pathOf(things))
      return page
    },
    close: () => world.close(),
  }
}
