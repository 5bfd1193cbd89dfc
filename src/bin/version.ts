import { readFileSync } from 'node:fs'
import type { Fields } from '../observability/fields.ts'

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

/** The version of this installation. */
export const VERSION: NonNullable<Fields['service.version']> = manifest.version
