import * as mupdf from 'mupdf'

/** A page as a picture at 100 dpi, three bytes a pixel. */
export type Picture = { readonly width: number; readonly height: number; readonly rgb: Uint8Array }

export type PixelBox = {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

type Colour = (red: number, green: number, blue: number) => boolean

/** The highlighter over white paper. */
export const isYellow: Colour = (red, green, blue) => red > 220 && green > 200 && blue < 160
/** The pen of every other mark. */
export const isRed: Colour = (red, green, blue) => red > 150 && green < 120 && blue < 120

export function renderPage(pdf: Uint8Array, pageIndex: number): Picture {
  const document = new mupdf.PDFDocument(pdf)
  const page = document.loadPage(pageIndex)
  const scale = mupdf.Matrix.scale(100 / 72, 100 / 72)
  const pixmap = page.toPixmap(scale, mupdf.ColorSpace.DeviceRGB, false, true)
  const picture = {
    width: pixmap.getWidth(),
    height: pixmap.getHeight(),
    rgb: Uint8Array.from(pixmap.getPixels()),
  }
  for (const thing of [pixmap, page, document]) thing.destroy()
  return picture
}

/** The box around all pixels of a colour, in `within` or on the whole page; undefined when there is none. */
export function findColour(picture: Picture, isColour: Colour, within?: PixelBox): PixelBox | undefined {
  const { width, height, rgb } = picture
  const area = within ?? { left: 0, top: 0, right: width, bottom: height }
  let [left, top, right, bottom] = [width, height, -1, -1]
  for (let y = Math.max(0, Math.floor(area.top)); y < Math.min(height, area.bottom); y++) {
    for (let x = Math.max(0, Math.floor(area.left)); x < Math.min(width, area.right); x++) {
      const i = (y * width + x) * 3
      if (!isColour(rgb[i] ?? 0, rgb[i + 1] ?? 0, rgb[i + 2] ?? 0)) continue
      left = Math.min(left, x)
      right = Math.max(right, x + 1)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y + 1)
    }
  }
  return right < 0 ? undefined : { left, top, right, bottom }
}
