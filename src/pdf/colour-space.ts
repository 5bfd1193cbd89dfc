import * as mupdf from 'mupdf'

/** Levels of 255 by which a profile may move a colour and still be left out: nobody sees less. */
const unseenLevels = 6
const device: Readonly<Record<string, 1 | 3>> = { DeviceGray: 1, DeviceRGB: 3 }

/**
 * How many components an image's pixels have when they can be shown as they are: grey or RGB, without a colour profile
 * or with one that a screen's own would not differ from. `undefined` for all others.
 */
export function plainComponents(space: mupdf.PDFObject): 1 | 3 | undefined {
  if (space.isName()) return device[space.asName()]
  if (!space.isArray() || space.get(0).asName() !== 'ICCBased') return undefined
  const profile = space.get(1)
  const components = profile.get('N').asNumber()
  if (!profile.isStream() || (components !== 1 && components !== 3)) return undefined
  return movesNoColour(profile, components) ? components : undefined
}

/** Whether an image of one bit is black and white: a grey profile leaves both where they are. */
export function isGrey(space: mupdf.PDFObject): boolean {
  if (space.isName()) return device[space.asName()] === 1
  return space.isArray() && ['ICCBased', 'CalGray'].includes(space.get(0).asName()) && isOneComponent(space)
}

function isOneComponent(space: mupdf.PDFObject): boolean {
  return space.get(0).asName() === 'CalGray' || space.get(1, 'N').asNumber() === 1
}

/** Converts a few patches, greys and strong colours, and looks how far they move. */
function movesNoColour(profile: mupdf.PDFObject, components: 1 | 3): boolean {
  const levels = [0, 51, 102, 153, 204, 255]
  const patches =
    components === 1 ? levels : levels.flatMap((r) => levels.flatMap((g) => levels.flatMap((b) => [r, g, b])))
  const buffer = profile.readStream()
  const things: { destroy(): void }[] = [buffer]
  try {
    const space = new mupdf.ColorSpace(buffer, 'scan')
    things.push(space)
    if (space.getNumberOfComponents() !== components) return false
    const source = new mupdf.Pixmap(space, [0, 0, patches.length / components, 1], false)
    things.push(source)
    source.getPixels().set(patches)
    const { DeviceGray, DeviceRGB } = mupdf.ColorSpace
    const shown = source.convertToColorSpace(components === 1 ? DeviceGray : DeviceRGB)
    things.push(shown)
    const pixels = shown.getPixels()
    return patches.every((level, index) => Math.abs(level - (pixels[index] ?? -255)) <= unseenLevels)
  } catch {
    return false // A profile that cannot be read: the renderer decides what it means.
  } finally {
    for (const thing of things.reverse()) thing.destroy()
  }
}
