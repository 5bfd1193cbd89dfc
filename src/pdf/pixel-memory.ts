/**
 * The memory of a page's pixels. Left to V8, it would live until that collects; each page would take fresh memory from
 * the system meanwhile, which costs more than decoding a scan does, and make V8 collect (bench/README.md).
 */

/** Less than this is not worth keeping. */
const worthKeepingBytes = 65_536
/** What is kept from page to page: the pixels of an ordinary one. */
const mostKeptBytes = 67_108_864
const mebibyte = 1_048_576

/** Of our own, in use by the page under way, and free. */
const taken: ArrayBuffer[] = []
let free: ArrayBuffer[] = []
/** Of sharp's making. */
const held = new Set<ArrayBuffer>()

/** Memory for pixels of the page under way; what is in it is not to be relied on. */
export function takePixels(length: number): Buffer {
  if (length < worthKeepingBytes) return Buffer.allocUnsafeSlow(length)
  const fits = (memory: ArrayBuffer) =>
    memory.byteLength >= length && memory.byteLength <= 2 * length + mebibyte
  const known = free.find(fits)
  if (known !== undefined) free.splice(free.indexOf(known), 1)
  const memory = known ?? new ArrayBuffer(Math.ceil(length / mebibyte) * mebibyte)
  taken.push(memory)
  return Buffer.from(memory, 0, length)
}

/** Keeps a buffer that a library made, to be freed with the page. */
export function holdPixels(data: Buffer<ArrayBufferLike>): Buffer<ArrayBufferLike> {
  const { buffer } = data
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === data.length
  if (isWhole && data.length >= worthKeepingBytes) held.add(buffer)
  return data
}

/** Ends a page: nobody may look at its pixels any more, least of all a thread of sharp's. */
export function releasePixels(): void {
  for (const buffer of held) if (!buffer.detached) buffer.transfer(0)
  held.clear()
  // The latest first: what was used last is what the next page will want.
  const all = [...taken.splice(0).reverse(), ...free]
  let keptBytes = 0
  free = all.filter(({ byteLength }) => {
    keptBytes += byteLength
    return keptBytes <= mostKeptBytes
  })
  for (const memory of all.slice(free.length)) if (!free.includes(memory)) memory.transfer(0)
}
