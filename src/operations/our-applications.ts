/** The names under which our programs are known to the database. */
const OUR_APPLICATIONS = ['paraph-api', 'paraph-worker', 'paraph-command', 'paraph-migrate'] as const

const LIST = OUR_APPLICATIONS.map((name) => `'${name}'`).join(', ')

/** SQL that is true of our programs; `column` holds the name of a program. */
export function isOurs(column: string): string {
  return `${column} in (${LIST})`
}

/** SQL for a name that may be shown: names of programs are anybody's words, and those that are not ours are not shown. */
export function shownApplication(column: string): string {
  return `case when ${isOurs(column)} then ${column} else 'other' end`
}
