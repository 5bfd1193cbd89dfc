import process from 'node:process'
import { parentPort, workerData } from 'node:worker_threads'

/**
 * Runs in a thread of the child: ends the process when its parent is gone, even in the middle of a WASM loop.
 * The parent's id is told, not read: by the time this starts, an orphan would already have been adopted.
 */
const checkEveryMs = 500
setInterval(() => {
  if (process.ppid !== workerData) process.kill(process.pid, 'SIGKILL')
}, checkEveryMs)
parentPort?.postMessage('watching')
