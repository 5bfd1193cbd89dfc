/** Of the flags of a segment (ITU-T T.88, 7.2.3): the number of its page takes four bytes. */
const longPageNumber = 0x40
/** A region that ends where its data says so. */
const unknownLength = 0xffff_ffff
/** Segments that end a page and a file: what follows is no part of it. */
const lastSegments: ReadonlySet<number> = new Set([49, 51])
/** The shortest header. What is shorter, behind whole segments, is a line end or filling. */
const shortestHeader = 11
/** What begins with these is a file of its own, whose segments lie elsewhere. */
const fileHeader = 0x974a4232

/**
 * Whether a JBIG2 stream as it lies in a PDF ends before the last segment it announces does. The decoder waits for the rest
 * without a word, and shows what it has: white paper.
 */
export function endsWithinSegment(stream: Uint8Array): boolean {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength)
  let at = 0
  while (at < view.byteLength && !isFilling(stream.subarray(at))) {
    const next = endOfSegment(view, at)
    if (next === undefined) return false
    if (next > view.byteLength) return true
    if (lastSegments.has(view.getUint8(at + 4) & 0x3f)) return false
    at = next
  }
  return false
}

function isFilling(rest: Uint8Array): boolean {
  return rest.length < shortestHeader && rest.every((byte) => byte === 0 || byte === 10 || byte === 13)
}

/** Where the segment at `at` ends; beyond the end when even its header does; `undefined` when it does not say. */
function endOfSegment(view: DataView, at: number): number | undefined {
  const beyond = view.byteLength + 1
  if (at + 6 > view.byteLength) return beyond
  const number = view.getUint32(at)
  if (at === 0 && number === fileHeader) return undefined
  let next = at + 5
  let referred = view.getUint8(next) >> 5
  if (referred === 7) {
    if (next + 4 > view.byteLength) return beyond
    referred = view.getUint32(next) & 0x1fff_ffff
    next += 4 + Math.ceil((referred + 1) / 8)
  } else next += 1
  next += referred * (number <= 256 ? 1 : number <= 65_536 ? 2 : 4)
  next += view.getUint8(at + 4) & longPageNumber ? 4 : 1
  if (next + 4 > view.byteLength) return beyond
  const length = view.getUint32(next)
  return length === unknownLength ? undefined : next + 4 + length
}
