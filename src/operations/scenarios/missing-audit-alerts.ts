import type { Alert } from './scenario.ts'

const FAILED = 'http_requests_total{status=~"500|503"}'

/** Something is wrong with events, by what each step of their way counts. */
export const MISSING_AUDIT_ALERTS: readonly Alert[] = [
  {
    name: 'ParaphAuditLadder',
    expr: ({ w }) =>
      `sum(increase(audit_append_total{path!="table"}[${w(300)}])) > 0 or max(audit_spool_depth) > 0`,
    forSeconds: 0,
    severity: 'ticket',
    summary: {
      fr: 'La table des événements en refuse.',
      en: 'The table of events refuses some of them.',
    },
    example: {
      firing: {
        'audit_append_total{path="table"}': '0+5x40',
        'audit_append_total{path="spool"}': '0x27 1x12',
      },
      quiet: {
        'audit_append_total{path="table"}': '0+5x40',
        'audit_append_total{path="spool"}': '0x10 1x29',
        audit_spool_depth: '0x9 1x2 0x27',
      },
    },
  },
  {
    name: 'ParaphAuditLost',
    expr: ({ w }) =>
      `sum(increase(audit_gap_events_total[${w(900)}])) > 0 or sum(increase(audit_append_total{path="lost"}[${w(900)}])) > 0`,
    forSeconds: 0,
    severity: 'page',
    summary: {
      fr: 'Un événement est perdu ; le journal dit lequel.',
      en: 'An event is lost; the log says which.',
    },
    example: {
      firing: { audit_gap_events_total: '0x24 1x15' },
      quiet: {
        audit_gap_events_total: '0x4 1x35',
        'audit_append_total{path="lost"}': '0x4 1x35',
        'audit_append_total{path="table"}': '0+5x40',
      },
    },
  },
  {
    name: 'ParaphAuditQuarantine',
    expr: ({ w }) => `sum(increase(audit_quarantine_total[${w(900)}])) > 0`,
    forSeconds: 0,
    severity: 'page',
    summary: {
      fr: 'Un événement n’a pas passé ses contrôles : le journal a peut-être été falsifié.',
      en: 'An event has failed its checks: the log may have been tampered with.',
    },
    example: {
      firing: { audit_quarantine_total: '0x24 1x15' },
      quiet: { audit_quarantine_total: '0x4 1x35' },
    },
  },
  {
    name: 'ParaphAuditPending',
    expr: ({ s }) => `max(audit_oldest_pending_seconds) > ${s(60)}`,
    forSeconds: 0,
    severity: 'page',
    summary: {
      fr: 'Des événements attendent depuis plus d’une minute d’entrer dans le journal prouvable.',
      en: 'Events have waited for a minute to enter the log that can be proved.',
    },
    example: {
      firing: { audit_oldest_pending_seconds: '0x27 0+60x12' },
      quiet: { audit_oldest_pending_seconds: '2x40' },
    },
  },
  {
    name: 'ParaphServerErrors',
    // A status gets its series when it first occurs, and that is no increase yet.
    expr: ({ w }) =>
      `sum(increase(${FAILED}[${w(300)}])) > 0 or sum(${FAILED} unless ${FAILED} offset ${w(300)}) > 0`,
    forSeconds: 0,
    severity: 'ticket',
    summary: {
      fr: 'Des requêtes ont échoué par notre faute.',
      en: 'Requests have failed on our side.',
    },
    example: {
      firing: {
        'http_requests_total{method="GET",path="/api/exams",status="500"}': '0x40',
        'http_requests_total{method="GET",path="/api/exams",status="503"}': '_x27 1x12',
      },
      quiet: {
        'http_requests_total{method="GET",path="/api/exams",status="500"}': '0x10 1x29',
        'http_requests_total{method="GET",path="/api/exams",status="200"}': '0+5x40',
      },
    },
  },
  {
    name: 'ParaphAuditReplay',
    expr: () => 'max(audit_replay_findings) > 0',
    forSeconds: 0,
    severity: 'page',
    summary: {
      fr: 'Une copie a changé d’état sans événement.',
      en: 'A copy has moved without an event.',
    },
    example: {
      firing: { audit_replay_findings: '0x24 1x15' },
      quiet: { audit_replay_findings: '0x40' },
    },
  },
]
