import type { LockView } from '../../src/marking/contract.ts'
import { ask } from '../shared/ask.ts'
import type { Lease as LeaseState } from './desk-state.ts'
import { type Gone, type LockFacts, type Outcome, outcomeOf } from './send-command.ts'
import { holdTab, type TabHold } from './tab-hold.ts'

const SHORTEST_BEAT_MS = 1_000
const LONGEST_BEAT_MS = 60_000
const RETRY_MS = 5_000
/** One that is given back before its time is noticed that soon. */
const LONGEST_RETRY_MS = 15_000

type Listener = {
  onChange: (lease: LeaseState) => void
  /** The lock is ours, after a time in which it may not have been. */
  onHeld: () => void
  /** The token has changed: it is to be kept on this device. */
  remember: () => void
  /** Nothing has answered, or not now; it is tried again. `onAnswer`: it has, and the lock is as it was. */
  onLater: (isOffline: boolean) => void
  onAnswer: () => void
}

/** The lock of one copy for this tab: asked for, kept alive, lost, taken over, given back. */
export class Lease {
  token: string | null = null
  readonly #copyId: string
  readonly #on: Listener
  #tab: TabHold | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #isOver = false

  constructor(copyId: string, on: Listener) {
    this.#copyId = copyId
    this.#on = on
  }

  /** Goes on with the token that this device kept, else asks for a lock of its own. */
  async take(kept: string | null): Promise<void> {
    if (!(await this.#holdTab(false))) return this.#elsewhere(undefined, false)
    const wasOurs = this.token !== null
    try {
      this.#held(kept ? await this.#resume(kept) : await this.#ask('lock'))
    } catch (error) {
      this.#failed(error, wasOurs, () => this.take(kept))
    }
  }

  async takeOver(): Promise<void> {
    await this.#holdTab(true)
    try {
      this.#held(await this.#ask('lock/take-over').catch(() => this.#ask('lock')))
    } catch (error) {
      this.#failed(error, false, () => this.takeOver())
    }
  }

  /** Prolongs the lock now. */
  async beat(): Promise<void> {
    if (this.token === null || this.#isOver) return
    try {
      const view = await this.#heartbeat(this.token)
      this.#on.onChange({ kind: 'held', until: view.until })
      this.#on.onAnswer()
      this.#beatAgain(view)
    } catch (error) {
      const outcome = outcomeOf(error)
      if (outcome.kind === 'expired') await this.take(null)
      else if (outcome.kind === 'lost') this.lose(outcome.lock)
      else if (outcome.kind === 'gone') this.end(outcome.why)
      else this.#tryAgain(outcome, () => this.beat())
    }
  }

  /** The lock is somebody else's: nothing is written any more, and it is asked for again once it may be free. */
  lose(lock: LockFacts | undefined): void {
    this.token = null
    this.#on.remember()
    this.#tab?.release()
    this.#tab = undefined
    this.#elsewhere(lock, true)
  }

  /** The copy is not to be marked here any more: nothing is written, and nothing is asked for. */
  end(why: Gone): void {
    clearTimeout(this.#timer)
    this.token = null
    this.#on.remember()
    this.#tab?.release()
    this.#tab = undefined
    if (!this.#isOver) this.#on.onChange({ kind: 'gone', why })
  }

  /** The lock has ended by our own doing. */
  async forget(): Promise<void> {
    this.token = null
    clearTimeout(this.#timer)
    this.#on.remember()
  }

  /** Gives the lock back if nothing is left to send; else it is kept for the next time. */
  async leave(isAllSent: boolean): Promise<void> {
    this.#isOver = true
    clearTimeout(this.#timer)
    const { token } = this
    if (isAllSent && token !== null) {
      this.token = null
      this.#on.remember()
      await this.#giveBack(token)
    }
    this.#tab?.release()
  }

  async #holdTab(steal: boolean): Promise<boolean> {
    this.#tab ??= await holdTab(this.#copyId, { steal, onStolen: () => this.#stolen() })
    return this.#tab !== undefined
  }

  #stolen(): void {
    this.#tab = undefined
    if (!this.#isOver) this.lose(undefined)
  }

  /** After a reload the lock is still ours, unless it has ended meanwhile. */
  async #resume(token: string): Promise<LockView> {
    try {
      return await this.#heartbeat(token)
    } catch (error) {
      const { kind } = outcomeOf(error)
      if (kind === 'expired' || kind === 'lost') return this.#ask('lock')
      throw error
    }
  }

  #heartbeat(lockToken: string): Promise<LockView> {
    return ask('POST /api/copies/:copyId/lock/heartbeat', { params: { copyId: this.#copyId }, lockToken })
  }

  #ask(how: 'lock' | 'lock/take-over'): Promise<LockView> {
    return ask(`POST /api/copies/:copyId/${how}`, { params: { copyId: this.#copyId } })
  }

  async #giveBack(lockToken: string): Promise<void> {
    const asked = { params: { copyId: this.#copyId }, lockToken, keepalive: true }
    await ask('POST /api/copies/:copyId/unlock', asked).catch(() => undefined)
  }

  #held(view: LockView): void {
    if (this.#isOver) {
      // Whoever left before it came must not find the copy held by nobody.
      void this.#giveBack(view.token)
      return
    }
    this.token = view.token
    this.#on.remember()
    this.#on.onChange({ kind: 'held', until: view.until })
    this.#beatAgain(view)
    this.#on.onHeld()
  }

  #failed(error: unknown, wasOurs: boolean, again: () => Promise<void>): void {
    const outcome = outcomeOf(error)
    if (outcome.kind === 'later') this.#tryAgain(outcome, again)
    else if (outcome.kind === 'gone') this.end(outcome.why)
    else {
      this.token = null
      this.#on.remember()
      this.#elsewhere(outcome.kind === 'lost' ? outcome.lock : undefined, wasOurs)
    }
  }

  #elsewhere(lock: LockFacts | undefined, wasOurs: boolean): void {
    if (this.#isOver) return
    this.#on.onChange({ kind: 'elsewhere', lock, wasOurs })
    const wait = lock ? Math.max(SHORTEST_BEAT_MS, Date.parse(lock.until) - Date.now() + 500) : RETRY_MS
    this.#later(() => this.take(null), Math.min(wait, LONGEST_RETRY_MS))
  }

  /** Three times within a lease: one that is missed ends nothing. */
  #beatAgain({ until }: LockView): void {
    const third = (Date.parse(until) - Date.now()) / 3
    this.#later(() => this.beat(), Math.min(LONGEST_BEAT_MS, Math.max(SHORTEST_BEAT_MS, third)))
  }

  #tryAgain(outcome: Outcome, again: () => Promise<void>): void {
    const { isOffline, afterMs } =
      outcome.kind === 'later' ? outcome : { isOffline: false, afterMs: undefined }
    if (!this.#isOver) this.#on.onLater(isOffline)
    this.#later(again, afterMs ?? RETRY_MS)
  }

  #later(act: () => Promise<void>, afterMs: number): void {
    clearTimeout(this.#timer)
    if (!this.#isOver) this.#timer = setTimeout(() => void act(), afterMs)
  }
}
