import { newId } from '../platform/ids.ts'

const ACCEPTABLE = /^[A-Za-z0-9._-]{8,64}$/
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/** The caller's request id when it has an acceptable form (R3.1), otherwise a new one. */
export function chooseRequestId(inbound: string | string[] | undefined): string {
  return typeof inbound === 'string' && ACCEPTABLE.test(inbound) ? inbound : newId()
}

/** The caller's W3C trace context when it parses (version 00, ids not zero). */
export function chooseTraceparent(inbound: string | string[] | undefined): string | undefined {
  return typeof inbound === 'string' && TRACEPARENT.test(inbound) ? inbound : undefined
}
