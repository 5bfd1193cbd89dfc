import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, answerOfPrometheus, answerOfShell, answerOfSql, isContrary } from './answers.ts'
import type { Fault } from './fault.ts'
import { askSql, typeAs } from './operator-shell.ts'
import { type Question, readPage } from './page.ts'
import type { Prometheus } from './prometheus.ts'
import type { World } from './world.ts'

/** What the page came to when its questions were put by hand, as they stand there. */
export type ByHand = {
  /** Questions that the page names for the cause and whose answers are contrary to what it expects. */
  readonly shown: readonly string[]
  /** Those that could not be put, except in SQL while the database gives no connection. */
  readonly unanswered: readonly string[]
  /** How long the questions took; how long somebody reads is not in it. */
  readonly milliseconds: number
}

/** So many windows an operator has open. */
const WINDOWS = 4
/** What comes and goes may be away at the moment of a question: those that tell the cause are put again. */
const ROUNDS = 3
/** How long somebody waits before asking again. */
const BETWEEN_ROUNDS_MS = 1_000

/**
 * Puts every question of the page of a fault to the faulted installation: SQL through psql, PromQL to its Prometheus,
 * the rest in a shell. `since`: when the fault was put in.
 */
export async function askByHand(
  world: World,
  prometheus: Prometheus,
  fault: Fault,
  since: Date,
): Promise<ByHand> {
  const begun = performance.now()
  const page = readPage(fault.scenario)
  const told = page.toldBy(fault.cause)
  const shown = new Set<string>()
  const unanswered = new Set<string>()
  async function askOn(waiting: Question[]): Promise<void> {
    for (let question = waiting.shift(); question !== undefined; question = waiting.shift()) {
      const answer = await ask(world, prometheus, question, since)
      const { probe = question.text, language, text } = question
      const isRefused = fault.refusesSql === true && (language === 'sql' || /\bsql /.test(text))
      if (!answer.isAnswered && !isRefused) unanswered.add(probe)
      if (told.includes(probe) && isContrary(probe, answer)) shown.add(probe)
    }
  }
  for (let round = 1; round <= ROUNDS && shown.size === 0; round += 1) {
    if (round > 1) await sleep(BETWEEN_ROUNDS_MS)
    const waiting = page.questions.filter(({ probe }) => round === 1 || told.includes(probe ?? ''))
    await Promise.all(Array.from({ length: WINDOWS }, () => askOn(waiting)))
  }
  const milliseconds = Math.round(performance.now() - begun)
  return { shown: [...shown].toSorted(), unanswered: [...unanswered].toSorted(), milliseconds }
}

async function ask(
  world: World,
  prometheus: Prometheus,
  { language, text }: Question,
  since: Date,
): Promise<Answer> {
  if (language === 'sql') return answerOfSql(await askSql(world, text))
  if (language === 'promql') return answerOfPrometheus(await prometheus.query(text))
  return answerOfShell(text, await typeAs(world, withPortsOf(world, text)), since.toISOString())
}

/** The ports of the pages are the defaults, in whose place people put their own. */
function withPortsOf({ metricsPort }: World, text: string): string {
  return text.replaceAll(':9464/', `:${metricsPort}/`).replaceAll(':9465/', `:${metricsPort + 1}/`)
}
