import assert from 'node:assert/strict'
import { Console } from 'node:console'
import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { format, inspect } from 'node:util'
import { serialize } from 'node:v8'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { stringify as toCsv } from 'csv-stringify/sync'
import { expect } from 'vitest'
import { z } from 'zod'

/** Whatever a library would take; each way treats it as if it were a text. */
type Value = string
type Way = (value: Value) => unknown

const EVERYTHING = { showHidden: true, getters: true, depth: null, showProxy: true } as const

/** What was thrown, as somebody in a hurry would print it. */
function thrownBy(work: () => unknown): string {
  try {
    return `nothing was thrown: ${work()}`
  } catch (error) {
    return `${inspect(error, EVERYTHING)} ${(error as Error).message}`
  }
}

/** What is written to a stream of one's own. */
function writtenBy(work: (stream: PassThrough) => unknown): string {
  const stream = new PassThrough()
  work(stream)
  return String(stream.read())
}

/** What arrives in another thread. */
function postedBy(value: Value): unknown {
  const { port1, port2 } = new MessageChannel()
  port1.postMessage({ value })
  const received = receiveMessageOnPort(port2)
  port1.close()
  return inspect(received, EVERYTHING)
}

function methodsOf(value: object): PropertyDescriptor[] {
  const prototype: unknown = Object.getPrototypeOf(value)
  const own = Object.values(Object.getOwnPropertyDescriptors(value))
  return prototype instanceof Object && prototype !== Object.prototype
    ? [...own, ...methodsOf(prototype)]
    : own
}

/**
 * Ways in which a value may come to be printed, written or sent, by ourselves or by what we use. Each of them shows an
 * ordinary object that wraps a text, so that none is tried in vain.
 */
export const WAYS_OF_PRINTING: Readonly<Record<string, Way>> = {
  // The language.
  'a template': (value) => `for ${value}`,
  // biome-ignore lint/style/useTemplate: concatenation is what is tried here
  concatenation: (value) => 'for ' + value,
  String: (value) => String(value),
  'its own toString': (value) => value.toString(),
  'its local form': (value) => (value as { toLocaleString(): string }).toLocaleString(),
  'an array joined': (value) => [value, value].join(),
  'an array in a template': (value) => `${[[value]]}`,
  'an array sorted': (value) => [value, 'b'].sort().join(),
  'a text concatenated': (value) => 'for '.concat(value),
  'a text replaced': (value) => 'x'.replace('x', value),
  'a text padded': (value) => ''.padEnd(30, value),
  'a key': (value) => Object.keys({ [value]: 1 }).join(),
  'a grouping key': (value) => Object.keys(Object.groupBy([1], () => value)).join(),
  'a symbol': (value) => Symbol(value).toString(),
  'a pattern': (value) => new RegExp(value).source,
  'a number that is none': (value) => thrownBy(() => BigInt(value)),
  'a JSON text that is none': (value) => thrownBy(() => JSON.parse(value)),
  'its members': (value) => inspect({ ...(value as unknown as object) }),
  'its members assigned': (value) => inspect(Object.assign({}, value)),
  'its entries': (value) => JSON.stringify(Object.entries(value)),
  'its values': (value) => inspect(Object.values(value)),
  'its descriptors': (value) => inspect(Object.getOwnPropertyDescriptors(value), EVERYTHING),
  'all its property names': (value) =>
    inspect(
      Reflect.ownKeys(value as unknown as object).map((key) => Reflect.get(value as unknown as object, key)),
    ),
  'all its methods called': (value) =>
    inspect(
      methodsOf(value as unknown as object).map((method) => {
        const call: unknown = method.value
        return typeof call === 'function' && !/^class/.test(String(call)) ? call.apply(value) : call
      }),
    ),
  'an object that inherits of it': (value) => `${Object.create(value as unknown as object)}`,
  // Errors.
  "an error's message": (value) => inspect(new Error(`no ${value}`)),
  "an error's message itself": (value) => new Error(value).message,
  "an error's cause": (value) => inspect(new Error('no', { cause: value })),
  "an error's member": (value) => inspect(Object.assign(new Error('no'), { value })),
  'an error of many': (value) => inspect(new AggregateError([value])),
  'an exception of the web': (value) => new DOMException(value).message,
  'being thrown': (value) =>
    thrownBy(() => {
      throw value
    }),
  'an event of failure without a listener': (value) =>
    thrownBy(() => new EventEmitter().emit('error', value)),
  'an assertion': (value) => thrownBy(() => assert.equal(value, 1)),
  'an assertion on what it is in': (value) => thrownBy(() => assert.deepEqual({ value }, { value: 1 })),
  'an expectation': (value) => thrownBy(() => expect({ value }).toEqual({ value: 1 })),
  'a shape it does not have': (value) =>
    thrownBy(() => z.number().parse({ value }, { reportInput: true } as object)),
  // Printing.
  JSON: (value) => JSON.stringify({ value, list: [value] }),
  'JSON with blanks': (value) => JSON.stringify({ value }, null, 2),
  'JSON of listed names': (value) => JSON.stringify({ value }, ['value', 'name', 'list']),
  'a JSON replacer': (value) => JSON.stringify({ value }, (_key, inner) => inner),
  inspect: (value) => inspect({ value }),
  'inspect that shows all': (value) => inspect(value, EVERYTHING),
  'inspect without its custom form': (value) => inspect(value, { ...EVERYTHING, customInspect: false }),
  'inspect of maps and sets': (value) => inspect([new Map([[value, value]]), new Set([value])], EVERYTHING),
  'inspect of a proxy': (value) => inspect(new Proxy(value as unknown as object, {}), EVERYTHING),
  format: (value) => format('%s %o %O %j %d %i %c', value, value, value, value, value, value, value),
  'a console': (value) => writtenBy((stream) => new Console(stream).log('%s', value, value, { value })),
  "a console's listing": (value) => writtenBy((stream) => new Console(stream).dir(value, EVERYTHING)),
  "a console's table": (value) => writtenBy((stream) => new Console(stream).table([{ value }, [value]])),
  "a console's trace": (value) => writtenBy((stream) => new Console(stream, stream).trace(value)),
  // Sending and storing.
  'a copy': (value) => inspect(structuredClone({ value }), EVERYTHING),
  'bytes of the engine': (value) => serialize({ value }).toString('latin1'),
  'another thread': postedBy,
  'bytes encoded': (value) => Buffer.from(new TextEncoder().encode(value)).toString(),
  'a URL': (value) => decodeURIComponent(new URL(`https://paraph.test/${value}`).href),
  'a query': (value) => new URLSearchParams({ value }).get('value'),
  'a part of a URL': (value) => decodeURIComponent(encodeURIComponent(value)),
  'a header': (value) => thrownBy(() => new Headers({ value: `${value}\n!` })),
  'a form': (value) => {
    const form = new FormData()
    form.append('value', value)
    return form.get('value')
  },
  'a file': (value) => new File([value], value).name,
  'the content of a file': (value) => new Blob([value]).text(),
  'the body of an answer': (value) => new Response(value).text(),
  'an answer in JSON': (value) => Response.json({ value }).text(),
  'a table': (value) => toCsv([[value, { value }]]),
}
