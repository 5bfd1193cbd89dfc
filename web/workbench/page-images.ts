import { addressOf } from '../shared/ask.ts'
import type { DeskData } from './sheet-query.ts'

type ImageSize = 'thumbnail' | 'screen' | 'full'

/** The address of the image of a page; it names the pages as they are, so that the browser may keep it. */
export function imageOf({ copy, sizes }: DeskData, pageNumber: number, size: ImageSize): string {
  return addressOf(
    '/api/copies/:copyId/pages/:pageNumber',
    { copyId: copy.id, pageNumber: String(pageNumber) },
    { size, pagesVersion: sizes.pagesVersion },
  )
}

const KEPT = 12
const decoded = new Map<string, HTMLImageElement>()

/** Fetches and decodes an image before it is needed; the last dozen stay in memory. */
export async function decodeAhead(address: string): Promise<void> {
  const known = decoded.get(address)
  if (known) return
  const image = new Image()
  image.src = address
  decoded.set(address, image)
  for (const oldest of [...decoded.keys()].slice(0, -KEPT)) decoded.delete(oldest)
  // One that fails now is asked for again when it is shown.
  await image.decode().catch(() => decoded.delete(address))
}
