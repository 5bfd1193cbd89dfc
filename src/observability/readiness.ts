import { withinMs } from './deadline.ts'

/** One thing that must hold for the process to do its work. */
export type ReadinessCheck = {
  readonly name: string
  readonly isReady: () => Promise<boolean>
  /** What exactly is lacking, in words of a closed list; asked only when the check fails. */
  readonly explain?: () => Promise<readonly string[]>
}

/** What `/readyz` says: names and closed words, never a text of an exception. */
export type ReadinessReport = {
  readonly status: 'ok' | 'failing' | 'shutting-down'
  readonly checks: Readonly<Record<string, 'ok' | 'failing'>>
  /** What the checks that fail lack, as far as they can say. */
  readonly lacking?: Readonly<Record<string, readonly string[]>>
  readonly [fact: string]: unknown
}

export type Readiness = {
  /** Asks every check; whoever asks at the same time shares their answers. Never throws. */
  ask(): Promise<ReadinessReport>
  /** From now on the answer is `shutting-down`, and nothing is asked any more. */
  shutDown(): void
}

const CHECK_LIMIT_MS = 1_000
const WORDS_SHOWN = 20

/** `facts` are shown and judged by nobody: numbers and words of a closed list. */
export function createReadiness(
  checks: readonly ReadinessCheck[],
  facts: () => Readonly<Record<string, number | string>> = () => ({}),
): Readiness {
  const asked = checks.map((check) => [check.name, askOnce(check)] as const)

  async function explain(failing: ReadonlySet<string>): Promise<Pick<ReadinessReport, 'lacking'>> {
    const told = checks.map(async ({ name, explain: ask }) => {
      if (ask === undefined || !failing.has(name)) return []
      // That nobody could say it is no other failure.
      const words = await withinMs(CHECK_LIMIT_MS, ask()).catch(() => [])
      return words.length > 0 ? [[name, words.slice(0, WORDS_SHOWN)] as const] : []
    })
    const lacking = (await Promise.all(told)).flat()
    return lacking.length > 0 ? { lacking: Object.fromEntries(lacking) } : {}
  }
  let isShuttingDown = false

  async function report(): Promise<ReadinessReport> {
    const results = await Promise.all(asked.map(async ([name, ask]) => [name, await ask()] as const))
    const status = results.every(([, state]) => state === 'ok') ? 'ok' : 'failing'
    const failing = new Set(results.filter(([, state]) => state === 'failing').map(([name]) => name))
    return { status, checks: Object.fromEntries(results), ...(await explain(failing)), ...facts() }
  }
  return {
    ask: async () => {
      if (isShuttingDown) return { status: 'shutting-down', checks: {} }
      return report()
    },
    shutDown: () => {
      isShuttingDown = true
    },
  }
}

/**
 * Asks one check. It fails when it throws or takes too long. While it is being asked it is not asked again, so that
 * probes do not pile up behind a database that hangs.
 */
function askOnce({ isReady }: ReadinessCheck): () => Promise<'ok' | 'failing'> {
  let inFlight: Promise<boolean> | undefined
  async function start(): Promise<boolean> {
    try {
      return await isReady()
    } finally {
      inFlight = undefined
    }
  }
  return async () => {
    try {
      inFlight ??= start()
      return (await withinMs(CHECK_LIMIT_MS, inFlight)) === true ? 'ok' : 'failing'
    } catch {
      // The check's name says what is wrong; who asks may not read the rest.
      return 'failing'
    }
  }
}

export function httpStatusOf(report: ReadinessReport): 200 | 503 {
  return report.status === 'ok' ? 200 : 503
}
