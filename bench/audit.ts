import { LIFE_EVENTS, LONG_EVENTS, makeBacklog } from './audit/backlog.ts'
import { makeExam } from './audit/copies.ts'
import { measureFreshness } from './audit/freshness.ts'
import { CLIENTS, describeSettings, type Installation, openInstallation } from './audit/installation.ts'
import { drain } from './audit/integration.ts'
import { whileOrdering } from './audit/ordering.ts'
import { publishAll, rebuild, verify } from './audit/published.ts'
import { chill, readTimelines } from './audit/timeline.ts'
import { type Compared, compareArms, openArms } from './audit/transactions.ts'
import { median, numberAfter, report } from './measure.ts'

// The audit log on a PostgreSQL of its own, with the roles, the keys and the code of the product: what an event costs a
// transaction, and how fast the log is ordered, published, rebuilt, verified and read. The log grows to its size first,
// so that what is measured on it is measured on a log of that size.

const isQuick = process.argv.includes('--quick')
const isLarge = process.argv.includes('--large')
const ROUNDS = numberAfter('--rounds', isQuick ? 2 : 9)
const SECONDS = numberAfter('--seconds', isQuick ? 1 : 4)
/** Shorter than this, and the compiler's own work is a good part of the figure. */
const WARM_UP_SECONDS = isQuick ? 1 : 10
/** Events of the first backlog, which says how fast events are integrated, and of the second, which fills the log. */
const [FIRST, SECOND] = isQuick ? [10_000, 40_000] : isLarge ? [3_000_000, 7_000_000] : [200_000, 1_000_000]
const LONG_STREAMS = isQuick ? 20 : 100

type Row = Readonly<Record<'measure' | 'figure' | 'must' | 'aim' | 'verdict' | 'noise', string>>
const rows: Row[] = []

/** A figure that reaches `must`; those that stay below it are better when `isSmallBetter`. */
function judge(
  measure: string,
  value: number,
  bar: {
    unit: string
    must?: number
    aim?: number
    isSmallBetter?: boolean
    digits?: number
    noise?: string
  },
): void {
  const { unit, must, aim, isSmallBetter = false, digits = 0, noise = '' } = bar
  const show = (figure: number | undefined) =>
    figure === undefined ? '' : `${isSmallBetter ? '≤' : '≥'} ${figure.toLocaleString('en')}`
  const reaches = (limit: number) => (isSmallBetter ? value <= limit : value >= limit)
  const verdict =
    must !== undefined && !reaches(must)
      ? 'missed'
      : aim !== undefined && !reaches(aim)
        ? 'aim missed'
        : 'met'
  rows.push({
    measure,
    figure:
      `${value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`.trim(),
    must: show(must),
    aim: show(aim),
    verdict: must === undefined && aim === undefined ? '' : verdict,
    noise,
  })
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}

async function measureLog(installation: Installation) {
  const exam = await makeExam(installation)
  tell(`queueing ${FIRST} events`)
  await makeBacklog(installation, exam, { lives: FIRST / LIFE_EVENTS, long: 0 })
  tell('integrating them')
  const first = await drain(installation)
  judge('integrate', first.perSecond, { unit: 'events/s', must: 20_000, aim: 100_000 })
  judge('integrate, by the process alone', first.perCpuSecond, { unit: 'events/CPU-s' })

  tell(`queueing ${SECOND} events`)
  const lives = (SECOND - LONG_STREAMS * LONG_EVENTS) / LIFE_EVENTS
  const longCopies = await makeBacklog(installation, exam, { lives, long: LONG_STREAMS })
  tell('draining them')
  const second = await drain(installation)
  judge(`drain of ${SECOND.toLocaleString('en')}`, second.wallSeconds, { unit: 's' })
  judge('integrate, while draining', second.perSecond, { unit: 'events/s' })

  const size = first.events + second.events
  tell('publishing')
  const published = await publishAll(installation)
  judge('publish all of it', size / published.wallSeconds, { unit: 'events/s' })
  const rebuilt = await rebuild(installation)
  const rebuildRate = size / rebuilt.cpuSeconds
  judge('rebuild from tiles', rebuildRate, { unit: 'events/CPU-s', must: 300_000, aim: 1_000_000 })
  tell('verifying')
  const verified = await verify(installation)
  const verifyRate = size / verified.wallSeconds
  const { sealedOpened } = verified.report
  judge(`verify, with ${sealedOpened.toLocaleString('en')} sealed members`, verifyRate, { unit: 'events/s' })
  judge('verify, by the process alone', size / verified.cpuSeconds, { unit: 'events/CPU-s' })

  tell('reading timelines')
  const isCold = await chill(installation)
  const cold = await readTimelines(installation, longCopies)
  const warm = await readTimelines(installation, longCopies)
  const bar = { unit: 'ms', must: 10, aim: 3, isSmallBetter: true, digits: 1 }
  const log = `log of ${size.toLocaleString('en')}`
  judge(`timeline of ${LONG_EVENTS}, ${log}, p95`, warm.p95Ms, {
    ...bar,
    noise: `p50 ${warm.p50Ms.toFixed(1)}`,
  })
  judge(`the same, ${isCold ? 'files not in memory' : 'server restarted'}, p95`, cold.p95Ms, {
    ...{ unit: 'ms', digits: 1 },
    noise: `p50 ${cold.p50Ms.toFixed(1)}`,
  })
  return { exam, rates: { integrate: first.perSecond, rebuild: rebuildRate, verify: verifyRate } }
}

async function measureTransactions(installation: Installation, exam: Awaited<ReturnType<typeof makeExam>>) {
  const work = await openArms(installation, exam)
  const plan = { rounds: ROUNDS, seconds: SECONDS, warmUpSeconds: WARM_UP_SECONDS }
  return whileOrdering(installation, async () => {
    tell('from commit to checkpoint')
    const seconds = isQuick ? 5 : 20
    const fresh = await measureFreshness(
      installation,
      { work: work.arms.audited, copies: work.copies },
      { perSecond: 50, seconds },
    )
    judge('commit → checkpoint, 50 transactions/s, p99', fresh.p99Ms, {
      ...{ unit: 'ms', aim: 1_000, isSmallBetter: true },
      noise: `p50 ${fresh.p50Ms.toFixed(0)}`,
    })
    tell('transactions')
    const many = await compareArms(installation, work, { ...plan, clients: CLIENTS })
    const one = await compareArms(installation, work, { ...plan, clients: 1 })
    return { many, one }
  })
}

type Arm = keyof Awaited<ReturnType<typeof openArms>>['arms']
/** A transaction of the product, then the strictest readings: an event beside the smallest change there is. */
const PAIRS = [
  ['auditedTransaction', 'auditedAnnotation', 'annotation'],
  ['auditedUpdate', 'audited', 'bare'],
  ['auditedUpdateSealed', 'sealed', 'bare'],
] as const satisfies readonly (readonly [string, Arm, Arm])[]

function judgeTransactions({ many, one }: Record<'many' | 'one', Compared<Arm>>): Record<string, number> {
  const ratios: Record<string, number> = {}
  for (const [name, arm, base] of PAIRS) {
    const spread = many.ratios(arm, base)
    const ratio = median(spread)
    ratios[name] = ratio
    const lowest = Math.min(...spread).toFixed(2)
    const noise = `${lowest} to ${Math.max(...spread).toFixed(2)}; ${many.perSecond(base)} → ${many.perSecond(arm)} tx/s`
    judge(`${name}, ${CLIENTS} clients`, ratio, { unit: '', must: 0.75, aim: 0.85, digits: 3, noise })
    for (const [clients, compared] of [
      [CLIENTS, many],
      [1, one],
    ] as const) {
      const noise = `p50 ${compared.addedMs(arm, base, 0.5).toFixed(2)}`
      const added = compared.addedMs(arm, base, 0.99)
      judge(`  added, ${clients} ${clients === 1 ? 'client' : 'clients'}, p99`, added, {
        unit: 'ms',
        digits: 2,
        noise,
      })
    }
  }
  return ratios
}

const installation = await openInstallation()
try {
  const settings = await describeSettings(installation)
  for (const [name, value] of Object.entries(settings)) tell(`${name}: ${value}`)
  const { exam, rates } = await measureLog(installation)
  const ratios = judgeTransactions(await measureTransactions(installation, exam))
  report({ ratios, rates, settings, rows })
} finally {
  await installation.close()
}
