import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestRoom, PASSWORD, type TestRoom } from '../../test/support/people-room.ts'

let room: TestRoom
beforeAll(async () => {
  room = await openTestRoom()
})
afterAll(() => room.drop())

/** The code a sign-in ends with, `signed-in` when it succeeds. */
async function outcomeOf(email: string, password: string): Promise<string> {
  return room.call('sign-in/email', { body: { email, password } }).then(
    () => 'signed-in',
    (error) => error.code,
  )
}
async function fail(email: string, times: number): Promise<string[]> {
  const outcomes: string[] = []
  for (let i = 0; i < times; i += 1) outcomes.push(await outcomeOf(email, 'not the right password'))
  return outcomes
}
function letTimePass(interval: string) {
  return room.query(`update people.sign_in_attempt set last_at = last_at - $1::interval`, [interval])
}

test('after ten failures even the right password must wait, and the answer says how long', async () => {
  const { accountId } = await room.add({ email: 'guessed@example.org' })
  expect(new Set(await fail('guessed@example.org', 10))).toEqual(new Set(['wrong-credentials']))
  const body = { email: 'guessed@example.org', password: PASSWORD }
  const refusal = await room.call('sign-in/email', { body }).catch((error) => error)
  expect(refusal).toMatchObject({ code: 'too-many-attempts' })
  expect(refusal.retryAfterSeconds).toBeGreaterThan(25)
  expect(refusal.retryAfterSeconds).toBeLessThanOrEqual(30)
  // What is refused unread leaves no event: nobody can fill the log of an account.
  expect(await room.events(accountId)).toHaveLength(11)

  await letTimePass('31 seconds')
  expect(await outcomeOf('guessed@example.org', PASSWORD)).toBe('signed-in')
  expect(await fail('guessed@example.org', 1)).toEqual(['wrong-credentials'])
})

test('each further failure doubles the wait, up to a quarter of an hour', async () => {
  await room.add({ email: 'patient@example.org' })
  await fail('patient@example.org', 10)
  await letTimePass('31 seconds')
  expect(await fail('patient@example.org', 2)).toEqual(['wrong-credentials', 'too-many-attempts'])
  await letTimePass('31 seconds')
  expect(await fail('patient@example.org', 1)).toEqual(['too-many-attempts'])
  await room.query('update people.sign_in_attempt set attempts = 1000')
  await letTimePass('15 minutes')
  expect(await fail('patient@example.org', 1)).toEqual(['wrong-credentials'])
})

test('an unknown address is made to wait like a known one', async () => {
  expect((await fail('nobody@example.org', 11)).at(-1)).toBe('too-many-attempts')
})

test('failures of one account do not make another wait', async () => {
  await room.add({ email: 'victim@example.org' })
  await room.add({ email: 'neighbour@example.org' })
  await fail('victim@example.org', 11)
  expect(await outcomeOf('neighbour@example.org', PASSWORD)).toBe('signed-in')
})

test('guesses made at the same time cannot slip past the limit', async () => {
  const { accountId } = await room.add({ email: 'parallel@example.org' })
  const guesses = Array.from({ length: 30 }, () =>
    outcomeOf('parallel@example.org', 'not the right password'),
  )
  const outcomes = await Promise.all(guesses)
  expect(outcomes.filter((outcome) => outcome === 'wrong-credentials')).toHaveLength(10)
  expect(await room.events(accountId)).toHaveLength(11)
})

test('attempts are forgotten after a quiet hour, and addresses are not stored with them', async () => {
  await room.add({ email: 'tidy@example.org' })
  await fail('tidy@example.org', 11)
  await letTimePass('61 minutes')
  expect(await outcomeOf('tidy@example.org', PASSWORD)).toBe('signed-in')
  expect(await room.query('select from people.sign_in_attempt')).toHaveLength(0)
})
