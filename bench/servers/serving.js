/** What every server answers. */
export function answer(id) {
  return { id, greeting: 'hello', at: 1 }
}

/** Tells the parent the port, and, whenever it asks, the processor time of this process so far in microseconds. */
export function serve(port) {
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send({ cpuMicroseconds: user + system })
  })
  process.once('disconnect', () => process.exit())
  process.send({ port })
}
