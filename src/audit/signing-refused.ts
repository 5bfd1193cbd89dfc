import type { Fields } from '../observability/fields.ts'

/** Why the key of the log does not sign the tree. Each is a rewound or rewritten log, or looks like one. */
export const SIGNING_REFUSALS = [
  /** A larger tree was signed. */
  'smaller',
  /** The tree does not begin with the one that was signed, or its table does not lead to its root. */
  'other-root',
  /** An event is gone, or its bytes are not those that were hashed. */
  'other-entries',
  /** The checkpoints in the database are another log's: its key was lost, or is that of another installation. */
  'other-log',
  /** A witness has cosigned a larger tree than was ever signed here. */
  'witness-ahead',
  /** The tree does not begin with the one that a witness cosigned. */
  'witness-differs',
] as const
export type SigningRefusal = (typeof SIGNING_REFUSALS)[number]

/** Thrown instead of signing. What it says is an incident, for a person to look into. */
export class SigningRefused extends Error {
  readonly reason: SigningRefusal
  readonly fields: Fields

  constructor(reason: SigningRefusal, fields: Fields = {}) {
    super(reason)
    this.name = 'SigningRefused'
    this.reason = reason
    this.fields = fields
  }

  /** Whether it stays so until somebody has looked into it and starts the process again. */
  get isForGood(): boolean {
    return this.reason === 'witness-ahead' || this.reason === 'witness-differs'
  }
}
