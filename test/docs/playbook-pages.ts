import { diagnose } from '../../src/operations/doctor.ts'
import { formatDiagnosis } from '../../src/operations/doctor-text.ts'
import { type Probe, ROLES, type Sources } from '../../src/operations/probes.ts'
import { exprOf } from '../../src/operations/rules.ts'
import { SCENARIOS } from '../../src/operations/scenarios/all.ts'
import { importStuck } from '../../src/operations/scenarios/import-stuck.ts'
import type { Action, Alert, Cause, Scenario } from '../../src/operations/scenarios/scenario.ts'
import { metricsIn } from './metric-names.ts'
import { expectationOf } from './playbook-expectations.ts'
import { type Language, WORDS } from './playbook-words.ts'

const FACTS = /(<!-- facts:([a-z-]+) -->\n)[\s\S]*?(<!-- \/facts -->)/g

/** A page with its facts as the scenarios have them now; what people wrote around them stays. */
export function fillPage(page: string, facts: Facts): string {
  return page.replace(FACTS, (_whole, begin: string, kind: string, end: string) => {
    const write = facts[kind]
    if (write === undefined) throw new Error(`no such facts: ${kind}`)
    return `${begin}\n${write()}\n\n${end}`
  })
}

export type Facts = Readonly<Record<string, () => string>>

/** What the page of a scenario can be filled with. */
export function factsOf(id: string, language: Language): Facts {
  const scenario = SCENARIOS.find((one) => one.id === id)
  if (scenario === undefined) throw new Error(`no such scenario: ${id}`)
  return {
    alerts: () => scenario.alerts.map((alert) => writeAlert(alert, language)).join('\n\n'),
    probes: () =>
      probesOf(scenario)
        .map((probe) => writeProbe(probe, language))
        .join('\n\n'),
    causes: () => scenario.causes.map((cause) => writeCause(cause, language)).join('\n'),
    actions: () =>
      [WORDS[language].braces, ...scenario.causes.map((cause) => writeActions(cause, language))].join('\n\n'),
  }
}

export function probesOf({ causes }: Scenario): readonly Probe<unknown>[] {
  return [...new Set(causes.flatMap(({ probes }) => probes))]
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``
}

function writeAlert(alert: Alert, language: Language): string {
  const { name, severity, summary, forSeconds } = alert
  const words = WORDS[language]
  const when = forSeconds > 0 ? words.after(Math.ceil(forSeconds / 60)) : ''
  return [
    `<a id="${name}"></a>**\`${name}\`** (${words.severity[severity]}${when}). ${summary[language]}`,
    fence('promql', exprOf(alert)),
  ].join('\n\n')
}

function writeProbe(probe: Probe<unknown>, language: Language): string {
  const expected = expectationOf(probe)
  if (expected === undefined) throw new Error(`what is expected of ${probe.id}?`)
  return [
    `<a id="${probe.id}"></a>**\`${probe.id}\`**`,
    ...queriesOf(probe),
    `${WORDS[language].expected} ${expected[language]}`,
  ].join('\n\n')
}

/** The query as it is put; a metric also by the process that shows it, for those who have no Prometheus. */
function queriesOf({ kind, source, text }: Probe<unknown>): readonly string[] {
  const role = ROLES.find((one) => source === `${one}-metrics`)
  const port = role === 'worker' ? 9465 : 9464
  if (kind === 'sql') return [fence('sql', `${text};`)]
  if (kind === 'process') {
    const ask = `curl -s -m 3 -o /dev/null -w '%{http_code}\\n' http://127.0.0.1:${port}/livez`
    return [fence('promql', text), fence('sh', ask)]
  }
  if (role === undefined) return [fence('sh', text)]
  const names = metricsIn(text).map((name) => `^${name}`)
  return [
    fence('promql', text),
    fence('sh', `curl -s -m 3 http://127.0.0.1:${port}/metrics | grep -E '${names.join('|')}'`),
  ]
}

function writeCause({ id, title, probes, explains = [] }: Cause, language: Language): string {
  const { toldBy, bringsAbout, whatToDo } = WORDS[language]
  const told = probes.map((probe) => `[\`${probe.id}\`](#${probe.id})`).join(', ')
  const effects = explains.map((effect) => `\`${effect}\``).join(', ')
  return `- **\`${id}\`** ${title[language]} ${toldBy} ${told}.${effects ? ` ${bringsAbout} ${effects}.` : ''} [→ ${whatToDo}](#do-${id})`
}

function writeActions({ id, title, actions }: Cause, language: Language): string {
  return [
    `<a id="do-${id}"></a>**\`${id}\`** ${title[language]}`,
    ...actions.map((action) => writeAction(action, language)),
  ].join('\n\n')
}

function writeAction({ command, does, risk, undo, verify }: Action, language: Language): string {
  const words = WORDS[language]
  const undone = /^(?:paraph|systemctl) /.test(undo[language]) ? `\`${undo[language]}\`` : undo[language]
  return [
    does[language],
    fence('sh', command),
    [
      `- ${words.risk} ${risk[language]}`,
      `- ${words.undo} ${undone}`,
      `- ${words.verify} \`${verify}\``,
    ].join('\n'),
  ].join('\n\n')
}

/** What the index shows of the doctor: its answer when all is well, and when the worker is down. */
export async function doctorFacts(): Promise<Facts> {
  const [healthy, sick] = await Promise.all([answerOf(true), answerOf(false)])
  return { 'doctor-healthy': () => healthy, 'doctor-finding': () => sick }
}

async function answerOf(isHealthy: boolean): Promise<string> {
  const sources: Sources = {
    ...{ windowSeconds: 900, now: () => new Date(0) },
    ...{
      rows: async () => [],
      lines: async () => [],
      newest: async () => undefined,
      presence: async () => (isHealthy ? ('answers' as const) : ('refused' as const)),
      databasePresence: async () => 'answers' as const,
      freeBytes: async () => 5e10,
      cpuPressure: async () => 0,
    },
    samples: async () => {
      if (isHealthy) return []
      throw new Error('not reached')
    },
  }
  const diagnosis = await diagnose(sources, [importStuck])
  const text = formatDiagnosis({ ...diagnosis, durationMs: 210 }, (_style, plain) => plain)
  return fence('text', text)
}
