import type { PageView } from '../../src/copies/contract.ts'
import { addressOf } from '../shared/ask.ts'

type PictureProps = { page: PageView; size: 'thumbnail' | 'screen'; alt: string }

/** Of a sheet of paper, width by height. */
const SHEET = 210 / 297

/**
 * The picture of a page as the page lies now: it may have been made before the page was turned, and is turned here until
 * it is made anew. A thumbnail fills the place of a sheet, the screen size is as wide as there is room.
 */
export function PagePicture({ page, size, alt }: PictureProps) {
  // Another picture once it was made with another turn.
  const address = addressOf(
    '/api/pages/:pageId/image',
    { pageId: page.id },
    { size, v: `${page.imageTurn}-${page.widthPx}` },
  )
  const left = (page.turn - page.imageTurn + 360) % 360
  const isQuarter = left % 180 !== 0
  const own = (page.widthPx ?? 210) / (page.heightPx ?? 297)
  const place = size === 'thumbnail' ? SHEET : isQuarter ? 1 / own : own
  return (
    <span className="relative block w-full overflow-hidden" style={{ aspectRatio: String(place) }}>
      <img
        key={address}
        src={address}
        alt={alt}
        loading={size === 'thumbnail' ? 'lazy' : 'eager'}
        width={page.widthPx ?? undefined}
        height={page.heightPx ?? undefined}
        className="absolute top-1/2 left-1/2 max-w-none object-contain"
        style={{
          width: isQuarter ? `${100 / place}%` : '100%',
          height: isQuarter ? `${100 * place}%` : '100%',
          transform: `translate(-50%, -50%) rotate(${left}deg)`,
        }}
      />
    </span>
  )
}
