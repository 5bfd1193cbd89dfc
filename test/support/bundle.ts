import { hash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Report } from '../../src/audit/verification-page/check-bundle.js'

export type CheckBundle = (
  files: ReadonlyMap<string, Blob>,
  options?: { readonly trustedVkey?: string; readonly onProgress?: (events: number) => void },
) => Promise<Report>

/** The files of a bundle by their names without folders, as the page is given them. */
export function readBundle(folder: string): Map<string, Blob> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const files = names.filter((name) => statSync(join(folder, name)).isFile())
  return new Map(files.map((name) => [basename(name), new Blob([readFileSync(join(folder, name))])]))
}

/** The only script of a page, and the hash that its policy allows. */
export function scriptOf(page: string): { script: string; allowed: string | undefined; sha256: string } {
  const [, script = ''] = /<script type="module">([\s\S]*?)<\/script>/.exec(page) ?? []
  const [, allowed] = /script-src 'sha256-([^']+)'/.exec(page) ?? []
  return { script, allowed, sha256: hash('sha256', script, 'base64') }
}

/** What the page of a bundle does, by the text of its own script. */
export async function loadPage(folder: string): Promise<CheckBundle> {
  const { script } = scriptOf(readFileSync(join(folder, 'verify.html'), 'utf8'))
  const url = `data:text/javascript;base64,${Buffer.from(script).toString('base64')}`
  const { checkBundle } = (await import(/* @vite-ignore */ url)) as { checkBundle: CheckBundle }
  return checkBundle
}
