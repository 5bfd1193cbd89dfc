import { COLUMNS, type ColumnClass } from '../../src/platform/columns.ts'

export type ClassifiedColumn = {
  readonly schema: string
  readonly table: string
  readonly column: string
  readonly class: ColumnClass
}

/** Every column of our schemas with its class, as one list. */
export function listColumns(): ClassifiedColumn[] {
  return Object.entries(COLUMNS).flatMap(([schema, tables]) =>
    Object.entries(tables).flatMap(([table, classes]) =>
      Object.entries(classes).flatMap(([name, columns]) =>
        columns.split(/\s+/).map((column) => ({ schema, table, column, class: name as ColumnClass })),
      ),
    ),
  )
}
