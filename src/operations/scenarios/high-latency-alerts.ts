import type { Alert } from './scenario.ts'

const DURATION = 'http_request_duration_seconds'
/** An upload takes as long as its sender's line. */
const NO_UPLOAD = 'path!~"/api/exams/:examId/batches|/api/uploads.*"'
const OTHERS = `{${NO_UPLOAD}}`
const WITHIN_A_SECOND = `{${NO_UPLOAD},le="1"}`
const REFUSED = 'http_requests_total{status=~"429|503"}'
const POOL_WAITING = 'database_pool_waiting_requests{role="api"}'
const LAG = 'nodejs_eventloop_lag_p99_seconds{role="api"}'

export const HIGH_LATENCY_ALERTS: readonly Alert[] = [
  {
    name: 'ParaphApiDown',
    expr: () => 'up{job="paraph",role="api"} == 0 or absent(up{job="paraph",role="api"})',
    forSeconds: 60,
    severity: 'page',
    summary: { fr: 'L’API ne répond plus.', en: 'The api does not answer.' },
    example: {
      firing: { 'up{job="paraph",role="api"}': '1x24 0x10' },
      quiet: { 'up{job="paraph",role="api"}': '1x40', 'up{job="paraph",role="worker"}': '0x40' },
      labels: { job: 'paraph', role: 'api' },
    },
  },
  {
    name: 'ParaphDatabaseDown',
    expr: () => 'min(database_up) == 0',
    forSeconds: 60,
    severity: 'page',
    summary: { fr: 'La base de données ne répond pas.', en: 'The database does not answer.' },
    example: {
      firing: { 'database_up{role="api"}': '1x24 0x15', 'database_up{role="worker"}': '1x40' },
      quiet: { 'database_up{role="api"}': '1x29 0 1x10', 'database_up{role="worker"}': '1x40' },
    },
  },
  {
    name: 'ParaphHighLatency',
    // Of a handful of requests a single slow one is the slowest twentieth: there must be several.
    expr: ({ w }) =>
      `histogram_quantile(0.95, sum by (le) (rate(${DURATION}_bucket${OTHERS}[${w(300)}]))) > 1
       and sum(increase(${DURATION}_count${OTHERS}[${w(300)}]))
         - sum(increase(${DURATION}_bucket${WITHIN_A_SECOND}[${w(300)}])) > 3`,
    forSeconds: 60,
    severity: 'page',
    summary: {
      fr: 'Une réponse sur vingt dépasse une seconde.',
      en: 'One answer in twenty takes more than a second.',
    },
    example: {
      firing: {
        [`${DURATION}_bucket{method="GET",path="/api/copies",le="1"}`]: '0+10x40',
        [`${DURATION}_bucket{method="GET",path="/api/copies",le="5"}`]: '0+12x40',
        [`${DURATION}_bucket{method="GET",path="/api/copies",le="+Inf"}`]: '0+12x40',
        [`${DURATION}_count{method="GET",path="/api/copies"}`]: '0+12x40',
      },
      quiet: {
        [`${DURATION}_bucket{method="GET",path="/api/copies",le="1"}`]: '0x24 1x15',
        [`${DURATION}_bucket{method="GET",path="/api/copies",le="5"}`]: '0x24 3x15',
        [`${DURATION}_bucket{method="GET",path="/api/copies",le="+Inf"}`]: '0x24 3x15',
        [`${DURATION}_count{method="GET",path="/api/copies"}`]: '0x24 3x15',
      },
    },
  },
  {
    name: 'ParaphPoolWaiting',
    expr: () => `max(${POOL_WAITING}) > 0`,
    forSeconds: 60,
    severity: 'page',
    summary: {
      fr: 'Des demandes attendent une connexion à la base.',
      en: 'Requests wait for a connection to the database.',
    },
    example: {
      firing: { [POOL_WAITING]: '0x20 3x20' },
      quiet: { [POOL_WAITING]: '0x29 3 0x10', 'database_pool_waiting_requests{role="worker"}': '3x40' },
    },
  },
  {
    name: 'ParaphEventLoopLag',
    expr: () => `max(${LAG}) > 0.5`,
    forSeconds: 60,
    severity: 'page',
    summary: {
      fr: 'Le processus de l’API se fige par moments.',
      en: 'The process of the api freezes again and again.',
    },
    example: {
      firing: { [LAG]: '0.01x20 0.8x20' },
      quiet: { [LAG]: '0.01x40', 'nodejs_eventloop_lag_p99_seconds{role="worker"}': '0.8x40' },
    },
  },
  {
    name: 'ParaphRequestsRefused',
    // A status gets its series when it first occurs, and that is no increase yet.
    expr: ({ w }) =>
      `sum(increase(${REFUSED}[${w(300)}])) > 5 or sum(${REFUSED} unless ${REFUSED} offset ${w(300)}) > 5`,
    forSeconds: 0,
    severity: 'ticket',
    summary: {
      fr: 'Des demandes sont refusées, faute de place ou de base.',
      en: 'Requests are refused, for want of room or of the database.',
    },
    example: {
      firing: { 'http_requests_total{method="GET",path="/api/copies",status="429"}': '_x27 8x12' },
      quiet: {
        'http_requests_total{method="GET",path="/api/copies",status="429"}': '_x10 8x29',
        'http_requests_total{method="GET",path="/api/copies",status="503"}': '_x28 2x11',
      },
    },
  },
]
