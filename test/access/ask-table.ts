import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Role } from '../../src/platform/http-route.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import { type Answer, send } from '../support/client.ts'
import {
  type Caller,
  type Cell,
  cellsOf,
  type DeclaredAccess,
  statusOf,
  writeAccessTable,
} from './access-table.ts'
import { COPY_STATES, type CopyState, EXPECTED } from './expected-access.ts'
import { MISSING, requestFor, type Subject } from './requests.ts'
import { type MadeCopy, NO_COPY, openWorld, type World } from './world.ts'

type Operation = { 'x-roles'?: Role[]; 'x-ownership'?: DeclaredAccess['ownership'] }

/** Asks the real application what the table says of each endpoint: the cells that `pick` takes. */
export function describeAccess(pick: (cells: readonly Cell[]) => readonly Cell[]): void {
  let app: TestApp
  let world: World
  let declared: Map<string, DeclaredAccess | undefined>
  let asked = 0
  /** For callers who are refused: they all meet the same copies, and leave them as they were. */
  const untouched = new Map<CopyState, MadeCopy>()
  let before: unknown

  beforeAll(async () => {
    app = await openTestApp({ worker: false })
    world = await openWorld(app)
    declared = await readDeclaredAccess()
    for (const state of COPY_STATES) untouched.set(state, await copyIn(state, 'nobody'))
    before = await readUntouched()
  })
  afterAll(async () => {
    process.stdout.write(`access table: ${asked} cells asked of ${declared?.size} endpoints\n`)
    await world?.close()
    await app?.close()
  })

  /** Every mounted endpoint with the access its route declares, in the order of the table, strangers last. */
  async function readDeclaredAccess() {
    const { body } = await send(app.url, 'GET', '/api/openapi.json')
    const paths = body.paths as Record<string, Record<string, Operation>>
    const mounted = app.endpoints.filter(({ method }) => method !== 'HEAD')
    const access = new Map(
      mounted.map(({ method, path }) => {
        const operation =
          paths[path.replace(/:(\w+)/g, '{$1}').replace('*', '{path}')]?.[method.toLowerCase()]
        const roles = operation?.['x-roles']
        return [
          `${method} ${path}`,
          roles && { roles, ownership: operation?.['x-ownership'] ?? ('none' as const) },
        ]
      }),
    )
    const order = Object.keys(EXPECTED)
    const place = (endpoint: string) => (order.includes(endpoint) ? order.indexOf(endpoint) : order.length)
    return new Map([...access].sort(([a], [b]) => place(a) - place(b)))
  }

  const copyIn = (state: CopyState, caller: Caller): Promise<MadeCopy> | MadeCopy =>
    state === 'none' ? NO_COPY : world.makeCopy(state, caller)

  async function readUntouched(): Promise<unknown> {
    const ids = [...untouched.values()].map(({ copyId }) => copyId)
    const { rows } = await world.owner.query(
      `select c.*, l.token, l.expires_at,
              (select count(*)::int from annotation a where a.copy_id = c.id) as annotations,
              (select count(*)::int from score s where s.copy_id = c.id) as scores,
              (select count(*)::int from audit_event e where e.stream_ref = c.stream_ref) as events
         from copy c left join copy_lock l on l.copy_id = c.id where c.id = any($1) order by c.id`,
      [ids],
    )
    return rows
  }

  /** What a cell is about: things of its own when the caller may change them, else those that nobody may change. */
  async function subjectOf({ caller, situation, expected, endpoint }: Cell): Promise<Partial<Subject>> {
    const isRefused = ['no-session', 'role-not-allowed', 'not-assigned'].includes(String(expected))
    if (endpoint.includes(':copyId') || endpoint.includes(':pageId')) {
      const state = situation as CopyState
      return { copy: isRefused ? (untouched.get(state) ?? NO_COPY) : await copyIn(state, caller) }
    }
    if (situation === 'none') return MISSING
    const changesExam = endpoint.startsWith('PUT /api/exams/') && !isRefused
    return changesExam ? { examId: await world.makeExam() } : {}
  }

  async function ask(cell: Cell): Promise<Answer> {
    const { method, path, request } = await requestFor(world, cell.endpoint, await subjectOf(cell))
    asked += 1
    if (cell.endpoint === 'POST /api/auth/sign-out' && roleOf(cell.caller)) {
      return (await app.signIn(roleOf(cell.caller) as Role)).call(method, path, request)
    }
    return world.ask(cell.caller, method, path, request)
  }

  const roleOf = (caller: Caller): Role | undefined =>
    caller === 'nobody' || caller === 'signed out' ? undefined : ((/^\w+/.exec(caller)?.[0] ?? '') as Role)

  it('is known for every endpoint that is mounted, and for no other', () => {
    expect(declared.size).toBeGreaterThan(35)
    expect([...declared.keys()].sort()).toEqual(Object.keys(EXPECTED).sort())
  })

  it('is declared by every endpoint except those that are open on purpose', () => {
    const open = [...declared].filter(([, access]) => access === undefined).map(([endpoint]) => endpoint)
    expect(open).toEqual(Object.keys(EXPECTED).filter((endpoint) => EXPECTED[endpoint]?.isPublic))
  })

  it('is written in docs/access.md', async () => {
    await expect(writeAccessTable(declared)).toMatchFileSnapshot('../../docs/access.md')
  })

  it.each(Object.keys(EXPECTED))('%s', async (endpoint) => {
    const wrong: unknown[] = []
    for (const cell of pick(cellsOf(endpoint, declared.get(endpoint)))) {
      const answer = await ask(cell)
      const got = answer.status < 300 ? answer.status : answer.body?.code
      const isPrivate = /no-store|private/.test(answer.headers.get('cache-control') ?? '')
      const isGuarded = answer.headers.get('x-content-type-options') === 'nosniff'
      const isAsExpected = got === cell.expected && answer.status === statusOf(cell.expected)
      if (!isAsExpected || !isPrivate || !isGuarded) {
        wrong.push({ ...cell, got, status: answer.status, isPrivate, isGuarded })
      }
    }
    expect(wrong).toEqual([])
  })

  it('and a refusal leaves no trace on the copy', async () => {
    expect(await readUntouched()).toEqual(before)
  })
}
