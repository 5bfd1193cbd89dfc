import { afterAll, beforeAll, expect, test } from 'vitest'
import { inWork, openTestRoom, PASSWORD, type TestRoom } from '../../test/support/people-room.ts'
import { reveal } from '../observability/sensitive.ts'
import { newRef } from '../platform/ids.ts'
import { addAccount } from './add-account.ts'
import { findAccount, findAccountByRef, findAccountRole, getAccount, listAccounts } from './store.ts'

let room: TestRoom
beforeAll(async () => {
  room = await openTestRoom()
})
afterAll(() => room.drop())

test('a password is stored as argon2id and nowhere in clear', async () => {
  const { accountId } = await room.add()
  const [row] = await room.query<{ password: string }>(
    'select password from people.account_credential where account_id = $1',
    [accountId],
  )
  expect(row?.password).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(row?.password).not.toContain(PASSWORD)
})

test('the database refuses a password that is not hashed', async () => {
  const { accountId } = await room.add()
  const statement = `update people.account_credential set password = $2 where account_id = $1`
  await expect(room.query(statement, [accountId, PASSWORD])).rejects.toThrow(/check constraint/)
})

test('two accounts cannot share an e-mail address, whatever its case', async () => {
  await room.add({ email: 'ada@example.org' })
  await expect(room.add({ email: ' ADA@Example.ORG ' })).rejects.toMatchObject({ code: 'account-exists' })
  const bypass = `insert into people.account (name, email, role) values ('Ada', 'Ada@example.org', 'marker')`
  await expect(room.query(bypass)).rejects.toThrow(/check constraint/)
})

test('the same address asked for twice at the same time makes one account', async () => {
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => room.add({ email: 'race@example.org' })))
  expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1)
})

test('an account begins its own stream with ADD_ACCOUNT', async () => {
  const { accountId } = await room.add({ role: 'auditor' })
  expect(await room.events(accountId)).toEqual([
    { action: 'ADD_ACCOUNT', seq: 1, actor_kind: 'system', actor_ref: null, metadata: { role: 'auditor' } },
  ])
})

test('nothing is left of an account whose event could not be written', async () => {
  const appendEvent = () => Promise.reject(new Error('no log'))
  const command = { email: 'lost@example.org', name: 'Lost', role: 'marker', password: PASSWORD } as const
  await expect(inWork(() => addAccount({ ...room.deps, appendEvent }, command))).rejects.toThrow('no log')
  expect(await room.query(`select from people.account where email = 'lost@example.org'`)).toHaveLength(0)
})

test.each([
  ['a password of eleven characters', { password: 'elevenchars' }, 'weak-password'],
  ['a password too long to hash', { password: 'x'.repeat(129) }, 'weak-password'],
  ['something that is not an e-mail address', { email: 'not an address' }, 'invalid-email'],
  ['an empty name', { name: '  ' }, 'invalid-request'],
])('%s is refused', async (_what, change, code) => {
  await expect(room.add(change)).rejects.toMatchObject({ code })
})

test('other rooms know an account by its ids and its role', async () => {
  const account = await room.add({ role: 'operator' })
  expect(await findAccount(room.deps.db, account.accountId)).toEqual(account)
  expect(await findAccount(room.deps.db, newRef())).toBeUndefined()
  expect(await findAccountRole(room.deps.db, account.accountId)).toBe('operator')
  expect(await findAccountRole(room.deps.db, newRef())).toBeUndefined()
  expect(await findAccountByRef(room.deps.db, account.actorRef)).toEqual(account)
  expect(await findAccountByRef(room.deps.db, newRef())).toBeUndefined()
})

test('the list of accounts is in order of age', async () => {
  const { accountId } = await room.add({ name: 'Ken Tanaka' })
  const newest = (await listAccounts(room.deps.db)).at(-1)
  expect(newest).toEqual(await getAccount(room.deps.db, accountId))
  expect(newest).toMatchObject({ id: accountId, role: 'marker' })
  expect(newest && reveal(newest.name, 'show-to-entitled-user')).toBe('Ken Tanaka')
})
