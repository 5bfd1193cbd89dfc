import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createAppendEvent } from '../../../src/audit/append.ts'
import { startProcessTree } from '../../../src/bin/process-tree.ts'
import { createProgress } from '../../../src/demo/progress.ts'
import { makeSamples } from '../../../src/demo/samples.ts'
import { walkThrough } from '../../../src/demo/walk.ts'
import { runInContext } from '../../../src/observability/context.ts'
import { addAccount } from '../../../src/people/add-account.ts'
import { callerDirectory, loadConfig } from '../../../src/platform/config.ts'
import { openDatabase } from '../../../src/platform/database.ts'
import type { Role } from '../../../src/platform/http-route.ts'
import { newId, newSecret } from '../../../src/platform/ids.ts'
import { loadKeys } from '../../../src/platform/keys.ts'
import { importScan } from '../../support/builders.ts'
import { createClient, type SignedIn } from '../../support/client.ts'
import { makeScan } from '../../support/scans.ts'
import { launchChromium } from '../support/chromium.ts'
import { openScreen, takeCookie } from '../support/settle.ts'
import { SCREENS, type Things } from './list.ts'

const LOCALES = { fr: 'fr-FR', en: 'en-GB' } as const
const SIZES = { desktop: { width: 1_280, height: 800 }, tablet: { width: 834, height: 1_112 } } as const

// npm run screens [-- folder [name…]]: pictures of the screens, or of those that are named, on the demonstration's data.
const [folderName = 'screens', ...names] = process.argv.slice(2)
const unknown = names.filter((name) => !SCREENS.some((screen) => screen.name === name))
if (unknown.length > 0) {
  process.stderr.write(`No such screen. There are: ${SCREENS.map(({ name }) => name).join(', ')}\n`)
  process.exit(2)
}
const folder = resolve(callerDirectory(), folderName)
mkdirSync(folder, { recursive: true })
const data = mkdtempSync(join(tmpdir(), 'paraph-screens-'))
const config = loadConfig({ dataDirectory: join(data, 'data') })
const progress = createProgress(process.stderr)
const tree = await startProcessTree(config, { mayMovePorts: true, onStep: progress.step })
try {
  const { people, things } = await makeThings()
  progress.step('taking pictures')
  await takePictures(people, things)
} finally {
  await tree.close()
  rmSync(data, { recursive: true, force: true })
}

async function makeThings(): Promise<{ people: Map<string, SignedIn>; things: Things }> {
  const admin = await addAdmin()
  const scans = await makeSamples(join(data, 'samples'), progress)
  const walk = await walkThrough(tree.url, { admin, scans, progress })
  const people = new Map<string, SignedIn>()
  for (const account of [admin, ...walk.accounts]) people.set(account.role, await signIn(account))
  const staff = {
    admin: people.get('admin') as SignedIn,
    marker: people.get('marker') as SignedIn,
    examId: walk.examId,
  }
  const student = {
    role: 'student',
    email: 'student@demo.invalid',
    name: 'Demo student',
    password: newSecret(12),
  }
  await staff.admin.post('/api/accounts', { body: student })
  people.set('student', await signIn(student))
  const resultCopyId = walk.copies[0]?.id ?? ''
  const { accounts } = (await staff.admin.get('/api/accounts')).body
  const accountId = accounts.find(({ email }: { email: string }) => email === student.email).id
  await staff.admin.call('PUT', `/api/copies/${resultCopyId}/student`, { body: { accountId } })
  const body = { isReleased: true }
  await staff.admin.call('PUT', `/api/exams/${walk.examId}/release`, { body, version: 0 })
  const copies: string[] = []
  for (let scan = 0; scan < 3; scan += 1) copies.push(...(await importScan(staff)).batch.copies)
  // Left in STAGING, for the check of a scan.
  const { batch } = await importScan(staff, { scan: await makeScan(3, 2), pagesPerCopy: 2 })
  for (const id of copies) await staff.admin.post(`/api/copies/${id}/validate`)
  await staff.admin.post(`/api/exams/${walk.examId}/dispatch`)
  return {
    people,
    things: { examId: walk.examId, readyCopyId: copies[0] ?? '', batchId: batch.id, resultCopyId },
  }
}

async function addAdmin() {
  const account = { role: 'admin' as Role, email: 'admin@demo.invalid', password: newSecret(12) }
  const db = openDatabase(tree.databaseUrl, { applicationName: 'paraph-command' })
  try {
    const appendEvent = createAppendEvent({ keys: loadKeys(config.keysDirectory) })
    await runInContext({ requestId: newId(), actor: { kind: 'system' } }, () =>
      addAccount({ db, appendEvent }, { ...account, name: 'Demo admin' }),
    )
  } finally {
    await db.destroy()
  }
  return account
}

function signIn({ email, password }: { email: string; password: string }): Promise<SignedIn> {
  return createClient({ url: tree.url, origin: tree.url, email, password, accountId: '' })
}

async function takePictures(people: ReadonlyMap<string, SignedIn>, things: Things): Promise<void> {
  const browser = await launchChromium()
  const screens = SCREENS.filter(({ name }) => names.length === 0 || names.includes(name))
  for (const [language, locale] of Object.entries(LOCALES)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const [size, viewport] of Object.entries(SIZES)) {
        for (const { name, role, path } of screens) {
          const context = await browser.newContext({
            baseURL: tree.url,
            locale,
            colorScheme,
            viewport,
            timezoneId: 'Europe/Paris',
          })
          const cookie = role && people.get(role)?.cookie
          if (cookie) await takeCookie(context, tree.url, cookie)
          const page = await context.newPage()
          await openScreen(page, path(things))
          await page.screenshot({
            path: join(folder, `${name}.${language}.${colorScheme}.${size}.png`),
            animations: 'disabled',
          })
          // Leaving the screen gives the copy back, which the next one opens.
          await page.goto('about:blank')
          await context.close()
        }
      }
    }
  }
  await browser.close()
}
