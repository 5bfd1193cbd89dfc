import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { AppError } from '../platform/errors.ts'

/**
 * Writes a line of JSON to the file of `--report`, if one was asked for. Called once the line has been said, so that
 * what was found is not lost with the file. Throws `file-not-written`.
 */
export function saveReport(
  options: { readonly report?: string; readonly directory: string },
  line: string,
): void {
  if (options.report === undefined) return
  try {
    writeFileSync(resolve(options.directory, options.report), line, { mode: 0o600 })
  } catch (cause) {
    throw new AppError('file-not-written', { title: 'The file of --report could not be written.', cause })
  }
}
