import { EventEmitter } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'

/**
 * Loaded into real processes of Paraph (`node --import`): does what a library of theirs could do, when a test orders it
 * in `<orders>/<name of the command>`, a line `<act> <text>`.
 */
export type Act = keyof typeof ACTS

const ACTS = {
  'throw an error': (text: string) => {
    throw Object.assign(new Error(text), { code: text, detail: text })
  },
  'emit an error that nobody hears': (text: string) => void new EventEmitter().emit('error', new Error(text)),
  'reject with an error': (text: string) => void Promise.reject(new Error(text)),
  'reject with a text': (text: string) => void Promise.reject(text),
  'emit warnings': (text: string) => {
    process.emitWarning(text, { type: text, code: text, detail: text })
    process.emitWarning(text, 'DeprecationWarning', 'DEP0')
    const emitter = new EventEmitter()
    for (let count = 0; count < 12; count += 1) emitter.on(text, () => undefined)
  },
  'write to the console': (text: string) => {
    const { console } = globalThis
    const names = [
      'log',
      'info',
      'warn',
      'error',
      'debug',
      'trace',
      'dir',
      'table',
      'group',
      'dirxml',
    ] as const
    for (const name of names) console[name](text)
    console.assert(false, text)
    console.count(text)
    console.time(text)
    console.timeLog(text, text)
    console.timeEnd(text)
  },
} as const satisfies Record<string, (text: string) => void>

const ORDERS = process.env['LEAK_ORDERS'] ?? ''
const ROLE = process.argv[2] ?? ''
const LOOK_EVERY_MS = 20

function obey(): void {
  const path = join(ORDERS, ROLE)
  let order = ''
  try {
    order = readFileSync(path, 'utf8')
  } catch {
    return
  }
  rmSync(path)
  const { act, text } = JSON.parse(order) as { act: Act; text: string }
  ACTS[act](text)
}

if (isMainThread && ORDERS !== '') setInterval(obey, LOOK_EVERY_MS).unref()
