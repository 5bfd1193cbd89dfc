import ts from 'typescript'
import type { Catch } from './catches.ts'
import { type Finding, findingAt } from './finding.ts'
import type { Level, LogCall } from './log-calls.ts'
import { findBelow, findNodes, findSource, type Project } from './project.ts'
import { tupleLiteralsOf } from './types.ts'

const EVENTS_MODULE = 'src/observability/events.ts'
const LEVELS: readonly Level[] = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL']

/** An event of the catalogue with what is logged under it. */
export type EventUse = {
  readonly event: string
  readonly calls: readonly LogCall[]
  /** From the lowest to the highest. */
  readonly levels: readonly Level[]
}

/** Every event of `LOG_EVENTS`, in its order. Throws when the catalogue cannot be read. */
export function readEventUses(project: Project, calls: readonly LogCall[]): readonly EventUse[] {
  return readCatalogue(project).map((event) => {
    const uses = calls.filter(({ events }) => events.includes(event))
    const used = new Set(uses.flatMap(({ levels }) => levels))
    return { event, calls: uses, levels: LEVELS.filter((level) => used.has(level)) }
  })
}

function readCatalogue(project: Project): readonly string[] {
  const file = findSource(project, EVENTS_MODULE)
  const module = file && project.checker.getSymbolAtLocation(file)
  const symbol = module && project.checker.tryGetMemberInModuleExports('LOG_EVENTS', module)
  const events = symbol && tupleLiteralsOf(project, project.checker.getTypeOfSymbol(symbol))
  if (!events) throw new Error(`${EVENTS_MODULE} has no LOG_EVENTS`)
  return events
}

/** Breaches of R2.3 and R2.4. */
export function judgeLevels(
  project: Project,
  {
    events,
    calls,
    catches,
  }: { events: readonly EventUse[]; calls: readonly LogCall[]; catches: readonly Catch[] },
): readonly Finding[] {
  return [
    ...events.filter(({ levels }) => levels.length > 1).flatMap((use) => findingOfLevels(project, use)),
    ...events
      .filter((use) => use.calls.length === 0)
      .flatMap(({ event }) =>
        nameInCatalogue(project, event).map((node) => findingAt(project, 'event-unused', node, event)),
      ),
    ...calls
      .filter(({ levels, error }) => error === 'none' && levels.some(isSevere))
      .map(({ node, events: [event] }) => findingAt(project, 'error-not-attached', node, event ?? '')),
    ...catches.flatMap((one) => judgeCaught(project, one, calls)),
  ]
}

function isSevere(level: Level): boolean {
  return level === 'ERROR' || level === 'CRITICAL'
}

function findingOfLevels(project: Project, { event, levels }: EventUse): readonly Finding[] {
  const subject = `${event}: ${levels.join(', ')}`
  return nameInCatalogue(project, event).map((node) => findingAt(project, 'two-levels', node, subject))
}

function nameInCatalogue(project: Project, event: string): readonly ts.Node[] {
  return findNodes(project, ts.isStringLiteral)
    .filter((node) => node.text === event && node.getSourceFile() === findSource(project, EVENTS_MODULE))
    .slice(0, 1)
}

/** A line at DEBUG or INFO that carries the error which was just caught. */
function judgeCaught(project: Project, { handler }: Catch, calls: readonly LogCall[]): readonly Finding[] {
  const inside = new Set<ts.Node>(findBelow(handler.body, ts.isCallExpression))
  return calls
    .filter(({ node, levels, error }) => {
      return (
        inside.has(node) &&
        error !== 'none' &&
        !levels.some((level) => isSevere(level) || level === 'WARNING')
      )
    })
    .map(({ node, events: [event] }) => findingAt(project, 'error-logged-low', node, event ?? ''))
}
