/** What some work took: time, and processor time of this process, user and system; the server's is not in it. */
export type Effort = { readonly wallSeconds: number; readonly cpuSeconds: number }

export async function measure(work: () => Promise<unknown>): Promise<Effort> {
  const cpuBefore = process.cpuUsage()
  const begun = performance.now()
  await work()
  const { user, system } = process.cpuUsage(cpuBefore)
  return { wallSeconds: (performance.now() - begun) / 1_000, cpuSeconds: (user + system) / 1_000_000 }
}
