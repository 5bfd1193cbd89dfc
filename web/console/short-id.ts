/** Enough of an id to tell it from its neighbours; the whole stands where it can be copied. Ids of one day begin alike. */
export function shortId(id: string): string {
  return id.length > 12 ? `…${id.slice(-8)}` : id
}
