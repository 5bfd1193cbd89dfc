/** What is wrong with bytes that came from outside. Who reads them says it in words: a finding, a status, an exit code. */
export type TlogFault =
  | 'malformed'
  /** No signature of a key that the reader trusts. */
  | 'unsigned'
  /** A line names a trusted key, which did not make it. */
  | 'bad-signature'
  /** Of another log than the one asked for. */
  | 'wrong-origin'
  /** A proof that does not lead to the signed root. */
  | 'not-included'
  | 'tile-missing'

/** Raised by the readers of this folder. Its message names the format and the place, and quotes nothing. */
export class TlogError extends Error {
  readonly fault: TlogFault

  constructor(fault: TlogFault, message: string) {
    super(message)
    this.name = 'TlogError'
    this.fault = fault
  }
}
