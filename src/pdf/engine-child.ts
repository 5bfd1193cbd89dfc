import { Worker } from 'node:worker_threads'
import { drawMarks } from './draw.ts'
import { isEngineErrorCode } from './errors.ts'
import { writeExtract } from './extract.ts'
import { failureOf } from './failure.ts'
import { inspectFile } from './inspect.ts'
import { rasterizeFile } from './rasterize.ts'
import type { EngineTask } from './tasks.ts'

/** The entry of a child process: one task at a time from the parent, progress and one answer back. */

type Report = (progress: object) => void

function perform(task: EngineTask, report: Report): unknown {
  if (task.kind === 'inspect') return inspectFile(task, report)
  if (task.kind === 'rasterize') return rasterizeFile(task, report)
  if (task.kind === 'extract') return writeExtract(task, report)
  return drawMarks(task, report)
}

function tell(message: object): void {
  process.send?.(message)
}

async function answer(task: EngineTask): Promise<void> {
  try {
    const value = await perform(task, (progress) => tell({ type: 'progress', value: progress }))
    tell({ type: 'done', value })
  } catch (error) {
    // Only a code leaves: MuPDF's messages can quote the document.
    const { code, pageIndex } = failureOf(error)
    tell({ type: 'failed', code: isEngineErrorCode(code) ? code : 'engine-fault', pageIndex })
  }
}

process.on('message', (task: EngineTask) => void answer(task))
process.on('disconnect', () => process.exit(0))
process.on('uncaughtException', () => process.exit(1))
// While WASM runs, this thread hears nothing: if the parent dies then, only another thread can notice.
const parentPid = Number(process.argv[2])
const watchdog = new Worker(new URL('./engine-watchdog.ts', import.meta.url), { workerData: parentPid })
watchdog.unref()
watchdog.once('message', () => tell({ type: 'ready' }))
// The parent may have gone while this file was loading, before anybody listened.
if (!process.connected) process.exit(0)
