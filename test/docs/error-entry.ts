/** What a person is told about an error code. No sentence repeats data of anybody. */
export type ErrorEntry = {
  readonly title: string
  readonly happened: string
  /** What the person who meets it can do. */
  readonly advice: string
  readonly fr: { readonly happened: string; readonly advice: string }
}

export type Entries = Readonly<Record<string, ErrorEntry>>
