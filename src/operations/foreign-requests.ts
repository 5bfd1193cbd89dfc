import { createHmac, randomBytes } from 'node:crypto'
import type { Diagnosis } from './doctor.ts'
import type { LogLine } from './log-lines.ts'
import type { Action, Evidence } from './scenarios/scenario.ts'
import type { Subject } from './subject.ts'

/** Request ids that we make; `job-…` are those of work that nobody asked for. */
const OURS = /^(?:job-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** The member of a row that holds a request id, whatever the probe. */
const MEMBER = 'request'
/** The only command that takes one. */
const TRACE = /^(paraph trace )(\S+)$/

/** What leaves the house in the place of request ids that callers have chosen, which may be anybody's name. */
export type Veil = {
  readonly line: (line: LogLine) => LogLine
  readonly diagnosis: (diagnosis: Diagnosis) => Diagnosis
}

/**
 * Hides foreign request ids behind a keyed hash. The key is thrown away with the veil: the same id looks the same
 * within one bundle, so that its lines still belong together, and nobody can try names against it.
 */
export function drawVeil(): Veil {
  const key = randomBytes(32)
  function hide(requestId: string): string {
    if (OURS.test(requestId)) return requestId
    return `foreign-${createHmac('sha256', key).update(requestId).digest('hex').slice(0, 24)}`
  }
  function hideInRow(row: Subject): Subject {
    const requestId = row[MEMBER]
    return typeof requestId === 'string' ? { ...row, [MEMBER]: hide(requestId) } : row
  }
  function hideInEvidence(evidence: Evidence): Evidence {
    return Array.isArray(evidence.found) ? { ...evidence, found: evidence.found.map(hideInRow) } : evidence
  }
  const hideInCommand = (command: string) =>
    command.replace(TRACE, (_whole, program: string, requestId: string) => program + hide(requestId))
  function hideInAction(action: Action): Action {
    const { command, undo, verify } = action
    return {
      ...action,
      command: hideInCommand(command),
      undo: { fr: hideInCommand(undo.fr), en: hideInCommand(undo.en) },
      verify: hideInCommand(verify),
    }
  }
  return {
    line: (line) => {
      const { request_id: requestId } = line.fields
      if (requestId === undefined) return line
      return { ...line, fields: { ...line.fields, request_id: hide(requestId) as typeof requestId } }
    },
    diagnosis: (diagnosis) => ({
      ...diagnosis,
      findings: diagnosis.findings.map((finding) => ({
        ...finding,
        evidence: finding.evidence.map(hideInEvidence),
        actions: finding.actions.map(hideInAction),
      })),
    }),
  }
}
