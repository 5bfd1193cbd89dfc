import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createUploadLocker } from './upload-lock.ts'

const never = new AbortController().signal

test('whoever comes later asks the one who writes to leave, and writes after them', async () => {
  const locker = createUploadLocker()
  const first = locker.newLock('an upload')
  const said: string[] = []
  await first.lock(never, () => {
    said.push('asked to leave')
    setTimeout(() => {
      said.push('left')
      void first.unlock()
    }, 30)
  })
  const second = locker.newLock('an upload')
  await second.lock(never, () => undefined)
  expect(said).toEqual(['asked to leave', 'left'])
  await second.unlock()
})

test('whoever waits may give up, and two uploads do not wait for one another', async () => {
  const locker = createUploadLocker()
  await locker.newLock('one').lock(never, () => undefined)
  await locker.newLock('another').lock(never, () => undefined)
  const giveUp = new AbortController()
  const waiting = locker.newLock('one').lock(giveUp.signal, () => undefined)
  await sleep(10)
  giveUp.abort()
  await expect(waiting).rejects.toMatchObject({ status_code: 500 })
})
