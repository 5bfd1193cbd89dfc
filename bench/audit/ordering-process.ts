// What the worker process does for the audit log, by itself: orders the events and, unless told otherwise, publishes.
import { startIntegrator } from '../../src/audit/integrator.ts'
import { loadOwnLog } from '../../src/audit/log-key.ts'
import { startPublisher } from '../../src/audit/publisher.ts'
import { loadKeys } from '../../src/platform/keys.ts'
import type { OrderingSettings } from './ordering.ts'

const settings: OrderingSettings = JSON.parse(process.env['ORDERING'] ?? '')
const { url, keysDirectory, tlogDirectory } = settings
const applicationName = 'paraph-bench'
const log = loadOwnLog(keysDirectory)
const publisher = startPublisher({ url, applicationName, log, keysDirectory, tlogDirectory, witnesses: [] })
const integrator = startIntegrator({
  url,
  applicationName,
  keys: loadKeys(keysDirectory),
  onTree: () => void publisher.publishNow(),
})
process.once('message', async () => {
  await integrator.stop()
  await publisher.stop()
  process.disconnect?.()
})
