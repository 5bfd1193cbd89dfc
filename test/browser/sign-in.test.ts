import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD } from '../support/app.ts'
import { expectAccessible, expectReflow, focusOrder } from './support/accessible.ts'
import { auditOf, type BrowserApp, openBrowser, type Person } from './support/open-browser.ts'

describe('signing in', () => {
  let world: BrowserApp
  let page: Page
  let marker: Person
  beforeAll(async () => {
    world = await openBrowser({ worker: false })
    const account = await world.app.signIn('marker')
    marker = { ...account, actorRef: (await account.get('/api/my/account')).body.actorRef }
    page = await world.newPage()
  })
  afterAll(() => world?.close())

  const fill = async (password: string) => {
    await page.getByLabel('Adresse électronique').fill(marker.email)
    await page.getByRole('textbox', { name: 'Mot de passe' }).fill(password)
    await page.getByRole('button', { name: 'Se connecter' }).click()
  }

  it('is asked of whoever opens a screen, and nothing of it is shown', async () => {
    await page.goto('/settings')
    await page.getByRole('heading', { name: 'Connexion' }).waitFor()
    expect(await page.title()).toBe('Connexion – Paraph')
    expect(new URL(page.url()).searchParams.get('from')).toBe('/settings')
    await expectAccessible(page)
    await expectReflow(page)
  })

  it('is not offered over a connection that browsers do not trust, which is said instead', async () => {
    const other = await world.newPage()
    await other.addInitScript(() =>
      Object.defineProperty(globalThis, 'isSecureContext', { get: () => false }),
    )
    await other.goto('/sign-in')
    await other.getByRole('heading', { name: 'Cette connexion n’est pas sûre' }).waitFor()
    expect(await other.getByRole('textbox').count()).toBe(0)
    await expectAccessible(other)
    await other.context().close()
  })

  it('tells which field is empty', async () => {
    await page.getByRole('button', { name: 'Se connecter' }).click()
    expect(await page.locator(':focus').getAttribute('name')).toBe('email')
    expect(await page.getByText('À remplir.').count()).toBe(2)
    await expectAccessible(page)
  })

  it('with a wrong password is refused in a sentence, with a reference that leads to the event', async () => {
    await fill('not the password')
    const alert = page.getByRole('alert')
    await alert.getByText('Adresse ou mot de passe incorrect.').waitFor()
    const request = (await alert.locator('code').textContent()) ?? ''
    expect(await auditOf(world, { request })).toMatchObject([
      { action: 'SIGN_IN', metadata: { success: false } },
    ])
    await expectAccessible(page)
  })

  it('leads back to where one was, and the log of events holds it', async () => {
    await fill(PASSWORD)
    await page.getByRole('heading', { name: 'Réglages' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/settings')
    const events = await auditOf(world, { actor: marker.actorRef })
    expect(events.at(-1)).toMatchObject({ action: 'SIGN_IN', metadata: { success: true } })
  })

  it('out again wipes what this device holds, but not its settings', async () => {
    await page.evaluate(async () => {
      localStorage.setItem('paraph.settings', '{"theme":"dark"}')
      localStorage.setItem('left', 'behind')
      sessionStorage.setItem('left', 'behind')
      await new Promise((resolve) => {
        const request = indexedDB.open('paraph-left', 1)
        request.onsuccess = () => {
          request.result.close()
          resolve(undefined)
        }
      })
    })
    await page.getByRole('button', { name: 'Compte – Correction' }).click()
    await page.getByRole('button', { name: 'Se déconnecter' }).click()
    await page.getByRole('heading', { name: 'Connexion' }).waitFor()
    const left = await page.evaluate(async () => ({
      local: Object.keys(localStorage),
      session: Object.keys(sessionStorage).filter((key) => key === 'left'),
      databases: await indexedDB.databases(),
    }))
    expect(left).toEqual({ local: ['paraph.settings'], session: [], databases: [] })
    const events = await auditOf(world, { actor: marker.actorRef })
    expect(events.at(-1)).toMatchObject({ action: 'SIGN_OUT' })
  })

  it('works by keyboard alone, in the order in which one reads', async () => {
    await page.goto('/sign-in')
    await page.getByRole('heading', { name: 'Connexion' }).waitFor()
    expect(await focusOrder(page)).toMatchInlineSnapshot(`
      [
        "textbox "Adresse électronique"",
        "textbox "Mot de passe"",
        "button "Afficher"",
        "button "Se connecter"",
        "radio "Français" [checked]",
      ]
    `)
    await page.goto('/sign-in')
    await page.getByRole('heading', { name: 'Connexion' }).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.type(marker.email)
    await page.keyboard.press('Tab')
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Mes copies' }).waitFor()
  })

  it('is asked again over the screen whose session has ended, which then goes on', async () => {
    await page.getByRole('button', { name: 'Compte – Correction' }).click()
    await page.getByRole('link', { name: 'Réglages' }).click()
    await page.getByRole('heading', { name: 'Réglages' }).waitFor()
    // What is still asked would find the end of the session before anybody goes anywhere.
    await page.waitForLoadState('networkidle')
    await page.context().clearCookies()
    await page.getByRole('link', { name: 'Accueil' }).click()
    await page.getByRole('dialog').getByText('Votre session est terminée.').waitFor()
    await expectAccessible(page)
    await fill(PASSWORD)
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByText('Aucune copie ne vous attend.').waitFor()
  })

  it('is asked again, too, where the end is found by looking who is signed in, and keeps the screen', async () => {
    const left = await world.newPage()
    await left.clock.install()
    await world.signInAs(left, 'marker', '/settings')
    await left.getByRole('heading', { name: 'Réglages' }).waitFor()
    const cookies = await left.context().cookies()
    await left.context().clearCookies()
    const look = async () => {
      await left.clock.fastForward('02:00')
      // The window comes to the front again.
      await left.evaluate(() => window.dispatchEvent(new Event('visibilitychange')))
    }
    await look()
    const dialog = left.getByRole('dialog')
    await dialog.getByText('Votre session est terminée.').waitFor()
    expect(await left.getByRole('heading', { name: 'Réglages', includeHidden: true }).count()).toBe(1)
    // Signed in again, in another tab.
    await left.context().addCookies(cookies)
    await look()
    await dialog.waitFor({ state: 'detached' })
    await left.context().close()
  })

  it('is over in every tab once somebody signs out in one', async () => {
    const one = await world.newPage()
    await world.signInAs(one, 'marker', '/settings')
    const other = await one.context().newPage()
    await other.goto('/')
    await other.getByRole('heading', { name: 'Mes copies' }).waitFor()
    await one.getByRole('button', { name: 'Compte – Correction' }).click()
    await one.getByRole('button', { name: 'Se déconnecter' }).click()
    for (const tab of [one, other]) await tab.getByRole('heading', { name: 'Connexion' }).waitFor()
    expect(await other.getByText('Mes copies').count()).toBe(0)
    await one.context().close()
  })

  it('asks whoever is silent for long whether they are still there, and goes on at one key', async () => {
    const silent = await world.newPage()
    await silent.clock.install()
    await world.signInAs(silent, 'marker', '/settings')
    await silent.getByRole('heading', { name: 'Réglages' }).waitFor()
    await silent.clock.fastForward('11:42:00')
    expect(await silent.getByRole('dialog').count()).toBe(0)
    await silent.clock.fastForward('01:30')
    await silent.getByRole('dialog', { name: 'Êtes-vous toujours là ?' }).waitFor()
    await expectAccessible(silent)
    const answered = silent.waitForResponse(/get-session/)
    await silent.keyboard.press('Enter')
    expect((await (await answered).json()).account).not.toBeNull()
    await silent.getByRole('dialog').waitFor({ state: 'detached' })
    await silent.clock.fastForward('01:00:00')
    expect(await silent.getByRole('dialog').count()).toBe(0)
    await silent.context().close()
  })

  it('is slowed down after too many attempts, and says for how long', async () => {
    const other = await world.newPage({ locale: 'en-GB' })
    await other.goto('/sign-in')
    await other.getByLabel('Email address').fill('guessed@test.invalid')
    await other.getByRole('textbox', { name: 'Password' }).fill('guess')
    const message = other.getByText(/Too many attempts\. Try again in \d+ seconds/)
    for (let attempt = 0; attempt < 12 && !(await message.isVisible()); attempt += 1) {
      const answered = other.waitForResponse(/sign-in\/email/)
      await other.getByRole('button', { name: 'Sign in' }).click()
      await answered
      await other.getByRole('button', { name: 'Sign in', disabled: false }).waitFor()
    }
    await message.waitFor()
    await expectAccessible(other)
    await expect(await other.locator('body').ariaSnapshot()).toContain('Too many attempts')
    await other.context().close()
  })
})
