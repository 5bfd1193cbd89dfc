import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'

const TERMINAL = new URL('./terminal.ts', import.meta.url).href

/** A command under the launcher, which talks to it over a channel; `work` is what it does while it listens. */
function launch(work: string) {
  const script = `
    import { listenForStop } from ${JSON.stringify(TERMINAL)}
    const stopped = listenForStop()
    ${work}`
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
}

test('a command whose work is done ends, although its launcher is still there', async () => {
  const child = launch('')
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('a command that serves stops when its launcher is gone', async () => {
  const child = launch(`
    const serving = setInterval(() => undefined, 1_000)
    process.stdout.write('serving')
    await stopped
    clearInterval(serving)
    process.exitCode = 7`)
  await once(child.stdout as NodeJS.ReadableStream, 'data')
  child.disconnect()
  expect(await once(child, 'exit')).toEqual([7, null])
})
