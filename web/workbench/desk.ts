import {
  againOf,
  applyCommand,
  type Command,
  commandFor,
  type Intent,
  inverseOf,
  subjectOf,
} from './command.ts'
import { canEdit, type DeskState, freshState } from './desk-state.ts'
import type { DeskStore, Memory, Stored } from './desk-store.ts'
import { commandsFor, countLanded, type Difference, differencesOf } from './differences.ts'
import { type Draft, Drafts } from './drafts.ts'
import { bringBack, type History, remember, takeBack } from './history.ts'
import { Lease } from './lease.ts'
import type { Sheet } from './mark.ts'
import { NotSaved } from './not-saved.ts'
import { outcomeOf, sendCommand } from './send-command.ts'
import { readSheet } from './sheet-query.ts'

const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 10_000
/** Whoever leaves a copy does not wait longer for what is still to be sent. */
const LEAVE_WITHIN_MS = 5_000

/**
 * One copy on the desk: what is shown, what the server has not taken yet, and the lock. Every change is kept on this
 * device before it is sent; changes are sent in order, one at a time. Lives from `start` to `stop`.
 */
export class Desk {
  readonly copyId: string
  readonly #store: Promise<DeskStore>
  readonly #lease: Lease
  readonly #listeners = new Set<() => void>()
  #state: DeskState
  /** Numbers of the pending commands in the store, in the same order. */
  #seqs: number[] = []
  #lastSeq = 0
  #draining: Promise<void> | undefined
  /** What the server has is to be looked at before anything is sent. */
  #mustCompare = false
  #isLeaving = false
  #isStopped = false
  #waits = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #drafts = new Drafts(() => this.#rememberCopy())
  /** Writes to the store, one after the other. */
  #writing: Promise<unknown> = Promise.resolve()

  constructor(copyId: string, options: { base: Sheet; store: Promise<DeskStore>; isMarked: boolean }) {
    this.copyId = copyId
    this.#store = options.store
    this.#state = freshState(options.base, options.isMarked ? { kind: 'asking' } : { kind: 'reading' })
    this.#lease = new Lease(copyId, {
      onChange: (lease) => this.#set({ lease }),
      onHeld: () => {
        this.#mustCompare = true
        this.#answered()
        void this.#drain()
      },
      remember: () => this.#rememberCopy(),
      onLater: (isOffline) => this.#set({ saving: isOffline ? 'offline' : 'failed' }),
      onAnswer: () => this.#answered(),
    })
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly state = (): DeskState => this.#state

  /** Brings back what this device kept of the copy, and asks for the lock. */
  async start(): Promise<void> {
    const { stored, memory } = await this.#recall()
    if (this.#isLeaving) return
    this.#seqs = stored.map(({ seq }) => seq)
    this.#setPending(stored.map(({ command }) => command))
    this.#set({ seen: new Set([...memory.seen, ...this.#state.seen]), isReady: true })
    window.addEventListener('online', this.#wake)
    document.addEventListener('visibilitychange', this.#wake)
    this.#takeUp(memory.drafts ?? {})
    if (this.#state.lease.kind === 'asking') await this.#lease.take(memory.token)
  }

  /** A browser that keeps nothing for us still marks; what the server has not taken goes with the tab. */
  async #recall(): Promise<{ stored: readonly Stored[]; memory: Memory }> {
    try {
      const store = await this.#store
      const [stored, memory] = await Promise.all([store.listCommands(this.copyId), store.recall(this.copyId)])
      return { stored, memory }
    } catch {
      return { stored: [], memory: { token: null, seen: [] } }
    }
  }

  /** Lets the copy go once everything is sent; what could not be sent stays on this device. */
  async stop(): Promise<void> {
    if (this.#isLeaving) return
    this.#isLeaving = true
    window.removeEventListener('online', this.#wake)
    document.removeEventListener('visibilitychange', this.#wake)
    this.#takeUp(this.#drafts.all)
    this.#drafts.settle()
    await Promise.race([this.#drain(), new Promise((resolve) => setTimeout(resolve, LEAVE_WITHIN_MS))])
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#writing
    await this.#lease.leave(this.#state.pending.length === 0)
    await this.#writing
    await this.#store.then((store) => store.close()).catch(() => undefined)
  }

  /** Whether it may be done now; otherwise nothing is. */
  do(intent: Intent): boolean {
    if (!canEdit(this.#state)) return false
    const command = this.#perform(intent)
    if (intent.type === 'remark') {
      this.#drafts.drop(intent.place)
      this.#set({ isTyping: !this.#drafts.isEmpty })
    }
    if (command) this.#set({ history: remember(this.#state.history, command) })
    return true
  }

  /** Notes whether something stands in the field of a question that is no score of its own. */
  noteMisfit(itemId: string, isMisfit: boolean): void {
    if (this.#state.misfits.has(itemId) === isMisfit) return
    const misfits = new Set(this.#state.misfits)
    if (isMisfit) misfits.add(itemId)
    else misfits.delete(itemId)
    this.#set({ misfits })
  }

  /** Keeps what is typed of a remark on this device until it is done, so that it outlives the tab. */
  draft(place: string, draft: Draft): void {
    this.#drafts.put(place, draft)
    if (!this.#state.isTyping) this.#set({ isTyping: true })
  }

  /** What was undone, if there was anything. */
  undo(): Command | undefined {
    return this.#step(takeBack(this.#state.history), inverseOf)
  }

  /** What was done again, if there was anything. */
  redo(): Command | undefined {
    return this.#step(bringBack(this.#state.history), againOf)
  }

  see(pageNumber: number): void {
    if (this.#state.seen.has(pageNumber)) return
    this.#set({ seen: new Set([...this.#state.seen, pageNumber]) })
    this.#rememberCopy()
  }

  takeOver(): Promise<void> {
    return this.#lease.takeOver()
  }

  /** Asks anew for a lock that was given up for something that then failed. */
  retake(): Promise<void> {
    this.#set({ lease: { kind: 'asking' } })
    return this.#lease.takeOver()
  }

  /** Resolves once the server has everything. Throws `NotSaved` when it cannot, the lock is lost, or a person must decide. */
  async flush(): Promise<string> {
    await this.#drain()
    const { pending, lease } = this.#state
    if (pending.length > 0 || lease.kind !== 'held') throw new NotSaved()
    return this.#lease.token ?? ''
  }

  /** The copy is no longer ours to mark, by our own doing: finished or sent back. */
  async release(): Promise<void> {
    await this.#lease.forget()
    this.#set({ lease: { kind: 'reading' } })
  }

  /** Ends a conflict: the server is given what this device has for the differences in `mine`, and keeps the others. */
  decide(mine: readonly Difference[]): void {
    const server = this.#state.conflict
    if (!server) return
    const commands = commandsFor(server, mine, () => crypto.randomUUID())
    this.#seqs = commands.map(() => this.#nextSeq())
    this.#set({ base: server, conflict: undefined, history: { done: [], undone: [] } })
    this.#setPending(commands)
    this.#rewrite()
    void this.#drain()
  }

  forgetRefusal(): void {
    this.#set({ refusal: undefined })
  }

  retry(): void {
    this.#wake()
  }

  /** Does what was typed and never left its field; without the right to, keeps it. */
  #takeUp(drafts: Readonly<Record<string, Draft>>): void {
    for (const [place, draft] of Object.entries(drafts)) {
      this.#drafts.put(place, draft)
      this.do({ type: 'remark', place, after: draft.text, version: draft.version })
    }
  }

  #step(
    step: { command: Command; history: History } | undefined,
    intentOf: (command: Command) => Intent,
  ): Command | undefined {
    if (!step || !canEdit(this.#state)) return undefined
    this.#perform(intentOf(step.command))
    this.#set({ history: step.history })
    return step.command
  }

  #perform(intent: Intent): Command | undefined {
    if (!canEdit(this.#state)) return undefined
    const command = commandFor(this.#state.sheet, intent, crypto.randomUUID())
    if (!command) return undefined
    const seq = this.#nextSeq()
    this.#seqs.push(seq)
    this.#write((store) => store.addCommand(this.copyId, { seq, command }))
    this.#setPending([...this.#state.pending, command])
    void this.#drain()
    return command
  }

  /** One at a time: two that overlap could each believe that the same command has landed. */
  #drain(): Promise<void> {
    this.#draining ??= this.#sendAll().finally(() => {
      this.#draining = undefined
    })
    return this.#draining
  }

  async #sendAll(): Promise<void> {
    while (await this.#sendNext());
  }

  /** Whether there may be more to do at once. */
  async #sendNext(): Promise<boolean> {
    const { token } = this.#lease
    if (!token || this.#state.lease.kind !== 'held' || this.#state.conflict || this.#isStopped) return false
    if (this.#mustCompare) return this.#compare()
    const [command] = this.#state.pending
    if (!command) return false
    const outcome = await sendCommand(this.copyId, command, token)
    if (outcome.kind === 'done') {
      this.#landed(1)
      return true
    }
    if (outcome.kind === 'later') this.#waitAndRetry(outcome.afterMs, outcome.isOffline)
    if (outcome.kind === 'expired') await this.#lease.take(null)
    if (outcome.kind === 'lost') this.#lease.lose(outcome.lock)
    if (outcome.kind === 'gone') this.#lease.end(outcome.why)
    if (outcome.kind === 'differs') this.#mustCompare = true
    if (outcome.kind === 'refused') this.#drop(command, outcome.error)
    return outcome.kind === 'differs' || outcome.kind === 'expired' || outcome.kind === 'refused'
  }

  #landed(count: number): void {
    const { base, pending } = this.#state
    this.#waits = 0
    for (const seq of this.#seqs.splice(0, count)) {
      this.#write((store) => store.removeCommand(this.copyId, seq))
    }
    const rest = pending.slice(count)
    this.#set({
      base: pending.slice(0, count).reduce(applyCommand, base),
      pending: rest,
      saving: rest.length > 0 ? 'saving' : 'saved',
      savedAt: Date.now(),
    })
  }

  #waitAndRetry(afterMs: number | undefined, isOffline: boolean): void {
    this.#set({ saving: isOffline ? 'offline' : 'failed' })
    const wait = afterMs ?? Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#waits)
    this.#waits += 1
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#wake, wait)
  }

  /** The service is there again; whether it takes what is pending shows when it is sent. */
  #answered(): void {
    const { saving, pending } = this.#state
    if (pending.length === 0 && (saving === 'offline' || saving === 'failed')) this.#set({ saving: 'saved' })
  }

  readonly #wake = (): void => {
    if (this.#isStopped || document.visibilityState === 'hidden') return
    clearTimeout(this.#timer)
    void this.#lease.beat().then(() => this.#drain())
  }

  /** A change that is not possible takes along what was done to the same thing after it. */
  #drop(command: Command, error: unknown): void {
    const subject = subjectOf(command)
    const kept = this.#state.pending.map((other) => subjectOf(other) !== subject)
    this.#seqs = this.#seqs.filter((_, index) => kept[index])
    this.#setPending(this.#state.pending.filter((_, index) => kept[index]))
    this.#set({ refusal: error, saving: this.#state.pending.length > 0 ? 'saving' : 'saved' })
    this.#rewrite()
  }

  /** What the server took already is done; where it holds something that this device does not know, a person decides. */
  async #compare(): Promise<boolean> {
    try {
      const server = await readSheet(this.copyId)
      this.#mustCompare = false
      this.#settle(server)
      return true
    } catch (error) {
      const outcome = outcomeOf(error)
      if (outcome.kind === 'lost') this.#lease.lose(outcome.lock)
      else if (outcome.kind === 'gone') this.#lease.end(outcome.why)
      else this.#waitAndRetry(undefined, outcome.kind === 'later' && outcome.isOffline)
      return false
    }
  }

  #settle(server: Sheet): void {
    const { base, pending, sheet } = this.#state
    const landed = countLanded(base, pending, server)
    if (landed !== undefined) {
      if (landed === 0) return
      this.#landed(landed)
      this.#set({ base: server })
      this.#setPending(this.#state.pending)
    } else if (pending.length > 0 && differencesOf(sheet, server).length > 0) {
      this.#set({ conflict: server })
    } else {
      this.#seqs = []
      this.#set({ base: server, saving: 'saved' })
      this.#setPending([])
      this.#rewrite()
    }
  }

  #nextSeq(): number {
    this.#lastSeq = Math.max(this.#lastSeq + 1, Date.now())
    return this.#lastSeq
  }

  #rewrite(): void {
    const stored = this.#state.pending.map((command, index) => ({ seq: this.#seqs[index] ?? 0, command }))
    this.#write((store) => store.replaceCommands(this.copyId, stored))
  }

  #rememberCopy(): void {
    const memory = {
      token: this.#lease.token,
      seen: [...this.#state.seen],
      drafts: this.#drafts.all,
    }
    this.#write((store) => store.remember(this.copyId, memory))
  }

  #write(write: (store: DeskStore) => Promise<void>): void {
    this.#writing = this.#writing
      .then(() => this.#store)
      .then(write)
      .catch(() => this.#set({ saving: 'failed' }))
  }

  #setPending(pending: readonly Command[]): void {
    const isUnsaid = pending.length > 0 && this.#state.saving === 'saved'
    this.#set({
      pending,
      sheet: pending.reduce(applyCommand, this.#state.base),
      ...(isUnsaid ? { saving: 'saving' } : {}),
    })
  }

  #set(change: Partial<DeskState>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener()
  }
}
