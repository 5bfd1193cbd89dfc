import process from 'node:process'

/** Runs in a thread of the child: ends the process when its parent is gone, even in the middle of a WASM loop. */
const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL')
}, 1_000)
