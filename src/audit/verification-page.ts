import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** The scripts of the page, as the browser runs them: each uses those before it. */
const SCRIPTS = ['formats.js', 'check-bundle.js', 'sentences.js', 'page.js']
const IMPORT = /^import [^;]*? from '\.\/[a-z-]+\.js'\n/gm

/**
 * The page that verifies a bundle: one file, French and English, which fetches nothing, since its policy lets it run its
 * own script, known by its hash, and nothing else.
 */
export function buildVerificationPage(): string {
  const style = read('page.css')
  const script = SCRIPTS.map((name) => read(name).replace(IMPORT, '')).join('\n')
  const policy = [
    "default-src 'none'",
    `script-src ${sourceOf(script)}`,
    `style-src ${sourceOf(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const inline = {
    '<meta charset="utf-8">': `<meta charset="utf-8">\n    <meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<link rel="stylesheet" href="page.css">': `<style>${style}</style>`,
    '<script type="module" src="page.js"></script>': `<script type="module">${script}</script>`,
  }
  return Object.entries(inline).reduce(
    (page, [tag, text]) => page.replace(tag, () => text),
    read('page.html'),
  )
}

function sourceOf(text: string): string {
  return `'sha256-${hash('sha256', text, 'base64')}'`
}

function read(name: string): string {
  return readFileSync(new URL(`verification-page/${name}`, import.meta.url), 'utf8')
}
