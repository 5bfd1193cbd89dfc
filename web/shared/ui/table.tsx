import type { ReactNode } from 'react'

export type Column<R> = {
  readonly key: string
  readonly title: string
  readonly cell: (row: R) => ReactNode
  /** Numbers stand at the right, digit under digit. */
  readonly isNumber?: boolean
  /** The cell that names its row; one column of a table. */
  readonly isName?: boolean
}

/** A plain table with its caption; it scrolls by itself, by keyboard too, where it is wider than the page. */
export function Table<R>(props: {
  caption: string
  columns: readonly Column<R>[]
  rows: readonly R[]
  keyOf: (row: R) => string
}) {
  const { caption, columns, rows, keyOf } = props
  const alignment = (column: Column<R>) => (column.isNumber ? 'text-end tabular-nums' : 'text-start')
  return (
    <section
      aria-label={caption}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse must be able to scroll it
      tabIndex={0}
      className="overflow-x-auto rounded-lg border border-line bg-surface"
    >
      <table className="w-full border-collapse text-sm">
        <caption className="sr-only">{caption}</caption>
        <thead className="bg-sunken text-muted">
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" className={`px-4 py-2 font-medium ${alignment(column)}`}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} className="border-line border-t hover:bg-sunken">
              {columns.map((column) =>
                column.isName ? (
                  <th key={column.key} scope="row" className={`px-4 py-2 font-medium ${alignment(column)}`}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.key} className={`px-4 py-2 ${alignment(column)}`}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
