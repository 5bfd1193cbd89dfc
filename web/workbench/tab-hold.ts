export type TabHold = { release(): void }

/**
 * Makes this tab the one of its browser that marks a copy; undefined when another tab is. `steal` takes it from that
 * tab, which is told at once.
 */
export function holdTab(
  copyId: string,
  { steal, onStolen }: { steal: boolean; onStolen: () => void },
): Promise<TabHold | undefined> {
  return new Promise((resolve) => {
    navigator.locks
      .request(`paraph-copy-${copyId}`, steal ? { steal } : { ifAvailable: true }, (lock) => {
        if (!lock) return resolve(undefined)
        return new Promise<void>((release) => resolve({ release }))
      })
      .catch(onStolen)
  })
}
