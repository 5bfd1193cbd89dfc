/** What `/metrics` said, and how long it took to say it. */
export type Scrape = {
  readonly status: number
  readonly milliseconds: number
  readonly text: string
  /** Each series with its value, as it is printed. */
  readonly series: ReadonlyMap<string, number>
  /** The type of each family. */
  readonly families: ReadonlyMap<string, string>
}

export async function scrape(url: string): Promise<Scrape> {
  const startedAt = performance.now()
  const answer = await fetch(url)
  const text = await answer.text()
  const milliseconds = performance.now() - startedAt
  return { status: answer.status, milliseconds, text, ...parseMetrics(text) }
}

/** Reads the text format of Prometheus. */
export function parseMetrics(text: string): Pick<Scrape, 'series' | 'families'> {
  const lines = text.split('\n').filter((line) => line !== '')
  const samples = lines.filter((line) => !line.startsWith('#'))
  const types = lines.filter((line) => line.startsWith('# TYPE ')).map((line) => line.split(' '))
  return {
    series: new Map(
      samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
    ),
    families: new Map(types.map(([, , name = '', type = '']) => [name, type])),
  }
}

/** Of several durations the one in the middle. */
export function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
