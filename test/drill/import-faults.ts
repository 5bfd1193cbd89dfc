import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import { MEBIBYTE } from '../../src/platform/units.ts'
import { type Staff, until } from '../support/builders.ts'
import type { Ended } from '../support/command.ts'
import { makePdf, textPage } from '../support/pdfs.ts'
import { formOf, makeScan } from '../support/scans.ts'
import { freezeEngines, freezeReady, thawEngines } from './engines.ts'
import type { Fault, How } from './fault.ts'
import type { World } from './world.ts'

async function upload({ admin, examId }: Staff, scan?: Uint8Array): Promise<string> {
  const form = await formOf(scan ?? (await makeScan()), 'scan.pdf')
  const { status, body } = await admin.post(`/api/exams/${examId}/batches?duplicate=allow`, { form })
  if (status !== 201) throw new Error(`the upload was answered ${status}`)
  return body.id
}

function hasStatus(world: World, batch: string, wanted: string): () => Promise<boolean> {
  return async () => (await world.admin.get(`/api/batches/${batch}`)).body.status === wanted
}

async function awaitFailure(world: World, batch: string): Promise<void> {
  const hasFailed = hasStatus(world, batch, 'FAILED')
  await until(async () => ((await hasFailed()) ? true : undefined), 60_000)
}

type Injected = {
  /** The batch that has to be imported in the end; undefined while there is none. */
  readonly batch?: string
  readonly undo?: () => Promise<void>
}

type Parts = Pick<Fault, 'cause' | 'how' | 'alert' | 'leavesOut'> & {
  readonly fail: (world: World, staff: Staff) => Promise<Injected>
  /** What people do beside the command; the batch that it uploads, if it does, is the one that has to be imported. */
  readonly correct?: (world: World, staff: Staff) => Promise<string | undefined>
  /** How the batch stands in the end; imported unless it was given up. */
  readonly end?: 'IMPORTED' | 'FAILED'
}

/** A fault in the import of one exam, which is over once its scan is imported. */
function importFault({ fail, correct, end = 'IMPORTED', ...named }: Parts): Fault {
  let staff: Staff | undefined
  let batch: string | undefined
  return {
    scenario: 'import-stuck',
    ...named,
    inject: async (world) => {
      staff = await world.newExam()
      const injected = await fail(world, staff)
      batch = injected.batch
      return injected.undo ?? (async () => undefined)
    },
    act: async (world) => {
      if (staff) batch = (await correct?.(world, staff)) ?? batch
    },
    isOver: async (world) => batch !== undefined && hasStatus(world, batch, end)(),
  }
}

const uploadAgain = (_world: World, staff: Staff): Promise<string> => upload(staff)

export const IMPORT_FAULTS: readonly Fault[] = [
  importFault({
    cause: 'engine-timeout',
    how: 'frozen',
    alert: 'ParaphImportFailing',
    fail: async (world, staff) => {
      await until(async () => ((await freezeReady(world)) ? true : undefined))
      const batch = await upload(staff)
      await freezeEngines(world, hasStatus(world, batch, 'FAILED'))
      return { batch, undo: async () => thawEngines(world) }
    },
    correct: async (world) => {
      thawEngines(world)
      return undefined
    },
  }),
  corruptPdf(
    'truncated',
    async () => {
      const scan = await makeScan()
      return scan.subarray(0, Math.floor(scan.length / 2))
    },
    'another scan',
  ),
  corruptPdf(
    'encrypted',
    async () => makePdf([textPage('Page')], undefined, 'encrypt=aes-256,user-password=a,owner-password=b'),
    'none',
  ),
  importFault({
    cause: 'disk-space',
    how: 'file-size-limited',
    alert: 'ParaphImportFailing',
    fail: async (world, staff) => {
      const scan = await makeHeavyScan()
      limitFileSize(world, String(largestLog(world) + MEBIBYTE))
      const undo = async () => limitFileSize(world, 'unlimited')
      const batch = await upload(staff, scan)
      await awaitFailure(world, batch)
      return { batch, undo }
    },
    correct: async (world) => {
      limitFileSize(world, 'unlimited')
      return undefined
    },
  }),
  workerDown('frozen', 'SIGSTOP'),
  workerDown('killed', 'SIGKILL'),
  importFault({
    cause: 'queue-paused',
    how: 'queue-paused',
    alert: 'ParaphImportWaiting',
    fail: async (world, staff) => {
      const { code, stderr } = await repairQueue(world, 'pause-queue', 'maintenance')
      if (code !== 0) throw new Error(`the queue was not paused: ${stderr}`)
      // Workers heed a pause within a second.
      await sleep(2_000)
      // Refused when it goes already.
      const undo = async () => void (await repairQueue(world, 'resume-queue', 'cause-removed'))
      return { batch: await upload(staff), undo }
    },
  }),
  importFault({
    cause: 'upload-incomplete',
    how: 'connection-broken',
    alert: 'ParaphUploadBroken',
    fail: async (world, staff) => {
      await breakUpload(world, staff.examId)
      return {}
    },
    correct: uploadAgain,
  }),
  importFault({
    cause: 'import-failed-otherwise',
    how: 'right-revoked',
    alert: 'ParaphImportFailing',
    // A right that somebody has taken away: the pages can be written by no attempt.
    fail: async (world, staff) => {
      await world.owner('revoke insert on page from paraph_app')
      const batch = await upload(staff)
      await awaitFailure(world, batch)
      return { batch, undo: () => grantPages(world) }
    },
    correct: async (world) => {
      await grantPages(world)
      return undefined
    },
  }),
]

/** A scan that no attempt can read; what cures is another one. */
/** A scan that cannot be read is made good by another one, or given up. */
function corruptPdf(how: How, makeBad: () => Promise<Uint8Array>, cure: 'another scan' | 'none'): Fault {
  return importFault({
    ...{ cause: 'corrupt-pdf', how, alert: 'ParaphImportFailing' },
    fail: async (world, staff) => {
      const batch = await upload(staff, await makeBad())
      await awaitFailure(world, batch)
      return { batch }
    },
    ...(cure === 'another scan' ? { correct: uploadAgain, leavesOut: 'dismiss-import' } : { end: 'FAILED' }),
  })
}

function workerDown(how: How, signal: 'SIGSTOP' | 'SIGKILL'): Fault {
  return importFault({
    ...{ cause: 'worker-down', how, alert: 'ParaphWorkerDown' },
    fail: async (world, staff) => {
      const worker = world.pid('worker')
      process.kill(worker, signal)
      // Restarted, it is another process, and nothing is left to undo.
      const undo = async () => {
        if (world.pid('worker') === worker) await world.restart('worker')
      }
      return { batch: await upload(staff), undo }
    },
  })
}

async function grantPages(world: World): Promise<void> {
  await world.owner('grant insert on page to paraph_app')
}

/** One page that is one picture of noise: an image of megabytes, which no file of the worker may hold. */
async function makeHeavyScan(): Promise<Uint8Array> {
  const [width, height] = [1_654, 2_339] as const
  const noise = sharp(randomBytes(width * height * 3), { raw: { width, height, channels: 3 } })
  const jpeg = await noise.jpeg({ quality: 90 }).toBuffer()
  return makePdf([{ contents: 'q 595 0 0 842 0 0 cm /Scan Do Q' }], (document) => {
    const image = document.addRawStream(jpeg, {
      ...{ Type: 'XObject', Subtype: 'Image', Width: width, Height: height },
      ...{ ColorSpace: 'DeviceRGB', BitsPerComponent: 8, Filter: 'DCTDecode' },
    })
    document.findPage(0).put('Resources', { XObject: { Scan: image } })
  })
}

/** Its log must go on: the doctor reads it. */
function largestLog({ dataDirectory }: World): number {
  const folder = join(dataDirectory, 'logs')
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return Math.max(0, ...names.map((name) => statSync(join(folder, name)).size))
}

/** The soft limit alone, which its owner may raise again. */
function limitFileSize(world: World, bytes: string): void {
  execFileSync('prlimit', ['--pid', String(world.pid('worker')), `--fsize=${bytes}:`])
}

function repairQueue(world: World, action: string, reason: string): Promise<Ended> {
  return world.paraph('repair', action, '--queue', 'import-batch', '--reason', reason, '--yes')
}

const BOUNDARY = 'half-of-an-upload'

/** Sends half of what it announces, then leaves. */
async function breakUpload({ url, admin }: World, examId: string): Promise<void> {
  const scan = Buffer.from(await makeScan())
  const head = [
    `--${BOUNDARY}`,
    'Content-Disposition: form-data; name="file"; filename="scan.pdf"',
    'Content-Type: application/pdf',
    '',
    '',
  ].join('\r\n')
  const { hostname, port, host } = new URL(url)
  const request = [
    `POST /api/exams/${examId}/batches HTTP/1.1`,
    `Host: ${host}`,
    `Origin: ${url}`,
    `Cookie: ${admin.cookie}`,
    `Content-Type: multipart/form-data; boundary=${BOUNDARY}`,
    `Content-Length: ${scan.length}`,
    '',
    head,
  ].join('\r\n')
  const socket = connect(Number(port), hostname)
  // However the connection ends is no affair of who leaves.
  socket.on('error', () => undefined)
  await new Promise<void>((sent) => {
    socket.write(request)
    socket.write(scan.subarray(0, Math.floor(scan.length / 2)), () => sent())
  })
  await sleep(500)
  socket.destroy()
}
