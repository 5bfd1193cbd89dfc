import { makeSampleScan } from '../../src/pdf/sample-scan.ts'

const made = new Map<string, Promise<Uint8Array>>()

/** An invented scan; each shape is made once for a test file. */
export function makeScan(copies = 1, pagesPerCopy = 2): Promise<Uint8Array> {
  const key = `${copies}x${pagesPerCopy}`
  const known = made.get(key) ?? makeSampleScan({ seed: 7, copies, pagesPerCopy })
  made.set(key, known)
  return known
}

/** The multipart form of an upload. */
export async function formOf(scan: Uint8Array, fileName: string): Promise<FormData> {
  const form = new FormData()
  form.set('file', new Blob([new Uint8Array(scan)], { type: 'application/pdf' }), fileName)
  return form
}
