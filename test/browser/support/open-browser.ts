import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { buildWeb } from '../../../src/bin/build-web.ts'
import type { Role } from '../../../src/platform/http-route.ts'
import { openTestApp, type TestApp } from '../../support/app.ts'
import type { SignedIn } from '../../support/client.ts'
import { launchChromium } from './chromium.ts'
import { takeCookie } from './settle.ts'

export type Person = SignedIn & { readonly actorRef: string }

export type BrowserApp = {
  readonly app: TestApp
  readonly browser: Browser
  /** A page of a new context, in French unless `locale` says otherwise. */
  newPage(options?: BrowserContextOptions): Promise<Page>
  /** Signs a new account of that role in, without the form, and opens a path. */
  signInAs(page: Page, role: Role, path?: string): Promise<Person>
  /** Ends everything. Throws when a page asked another host for something, or complained about its policy. */
  close(): Promise<void>
}

const DESKTOP = { width: 1_280, height: 800 } as const

/** The whole application with its built screens, and a browser; one for each test file. */
export async function openBrowser(options: Parameters<typeof openTestApp>[0] = {}): Promise<BrowserApp> {
  const webDirectory = await buildWeb(() => undefined)
  if (!webDirectory) throw new Error('the web application cannot be built')
  const app = await openTestApp({ ...options, webDirectory })
  const browser = await launchChromium()
  const complaints: string[] = []
  return {
    app,
    browser,
    newPage: async (contextOptions = {}) => {
      const context = await browser.newContext({
        baseURL: app.url,
        locale: 'fr-FR',
        viewport: DESKTOP,
        timezoneId: 'Europe/Paris',
        // A colour on its way to another one is neither.
        reducedMotion: 'reduce',
        ...contextOptions,
      })
      watch(context, app.url, complaints)
      return context.newPage()
    },
    signInAs: async (page, role, path = '/') => {
      const person = await app.signIn(role)
      await takeCookie(page.context(), app.url, person.cookie)
      await page.goto(path)
      return { ...person, actorRef: (await person.get('/api/my/account')).body.actorRef }
    },
    close: async () => {
      await browser.close()
      await app.close()
      if (complaints.length > 0) throw new Error(`in the browser:\n${complaints.join('\n')}`)
    },
  }
}

/** Notes whatever goes to another host, and whatever the policy refuses or a script does not catch. */
function watch(context: BrowserContext, url: string, complaints: string[]): void {
  context.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(blob|data):/.test(request.url())) {
      complaints.push(`a request to another host: ${request.url()}`)
    }
  })
  context.on('console', (message) => {
    if (/Content Security Policy|TrustedHTML|Trusted ?Type/i.test(message.text()))
      complaints.push(message.text())
  })
  context.on('weberror', (error) => complaints.push(String(error.error())))
}

/** What the log of events holds of a person's acts, as an auditor reads it. */
export async function auditOf(
  { app }: BrowserApp,
  asked: { readonly actor?: string; readonly stream?: string; readonly request?: string },
): Promise<readonly { readonly action: string; readonly metadata: Readonly<Record<string, unknown>> }[]> {
  const auditor = await app.signIn('auditor')
  const day = 86_400_000
  const query = new URLSearchParams({
    ...asked,
    from: new Date(Date.now() - day).toISOString(),
    to: new Date(Date.now() + day).toISOString(),
  })
  return (await auditor.get(`/api/audit/events?${query}`)).body.events
}
