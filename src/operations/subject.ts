/** A piece of evidence or an object of an action: opaque ids, numbers and closed words. */
export type Fact = string | number | boolean | null
export type Subject = Readonly<Record<string, Fact>>
