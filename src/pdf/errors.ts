import type { Fields } from '../observability/fields.ts'
import { AppError } from '../platform/errors.ts'

/** Why a document was refused or lost. `engine-closed` means that Paraph itself is stopping. */
const engineErrorCodes = [
  'not-a-pdf',
  'corrupt',
  'encrypted',
  'no-pages',
  'too-many-pages',
  'too-large',
  'page-too-large',
  'timeout',
  'out-of-memory',
  'engine-fault',
  'storage-full',
  'engine-closed',
] as const

export type EngineErrorCode = (typeof engineErrorCodes)[number]

/** The codes after which the child process is replaced: the fault may have left it in an unknown state. */
export type EngineFaultCode = 'out-of-memory' | 'engine-fault' | 'timeout'

const titles: Readonly<Record<EngineErrorCode, string>> = {
  'not-a-pdf': 'The file is not a PDF.',
  corrupt: 'The PDF is damaged and cannot be read.',
  encrypted: 'The PDF is protected by a password.',
  'no-pages': 'The PDF has no page.',
  'too-many-pages': 'The PDF has too many pages.',
  'too-large': 'The file is too large.',
  'page-too-large': 'A page of the PDF is too large.',
  timeout: 'Reading the PDF took too long.',
  'out-of-memory': 'Reading the PDF needed too much memory.',
  'engine-fault': 'The PDF engine stopped unexpectedly.',
  'storage-full': 'The disk is full; nothing was stored.',
  'engine-closed': 'The PDF engine is shutting down.',
}

/** A poison document is worth one more try in a fresh child; a refused document never is. */
const retryableCodes: ReadonlySet<EngineErrorCode> = new Set([
  'timeout',
  'out-of-memory',
  'engine-fault',
  'storage-full',
  'engine-closed',
])

/** Builds the error of this room for one code; `logContext` may name the page. */
export function engineError(code: EngineErrorCode, logContext: Fields = {}): AppError {
  return new AppError(code, {
    title: titles[code],
    logContext,
    retryable: retryableCodes.has(code),
    isInterruption: code === 'engine-closed',
  })
}

export function isEngineErrorCode(value: unknown): value is EngineErrorCode {
  return engineErrorCodes.some((code) => code === value)
}

export function isEngineFault(code: EngineErrorCode): code is EngineFaultCode {
  return code === 'out-of-memory' || code === 'engine-fault' || code === 'timeout'
}
