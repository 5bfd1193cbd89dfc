import { renameSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { createEnginePool } from '../../src/pdf/engine-pool.ts'
import { until } from '../support/builders.ts'
import { awaitImport, finalize, importDocument, listItems, makeCopy, mark, readAll, upload } from './deeds.ts'
import { HARMLESS, makeSpeakingPdf, POISONS } from './documents.ts'
import { NOWHERE, said } from './speaker.ts'
import type { Vector } from './vector.ts'
import type { World } from './world.ts'

type Row = Vector<World>

const journeys: readonly Row[] = [
  {
    name: 'the whole life of a copy',
    path: 'names of files, titles, labels, texts, strokes, points, notes, documents',
    outcome: 'GRADED, READY, GRADED, READY, STAGING',
    provoke: async (world, canary) => {
      const admin = await world.as('admin')
      const marker = await world.as('marker')
      const path = await makeCopy(world, canary)
      const token = await mark(world, canary, path)
      const point = { x: canary.fraction(), y: 0.5 }
      const drawn = {
        pageNumber: 1,
        kind: 'ink',
        strokes: [[point, { x: 0.1, y: 0.1 }]],
        points: canary.points(),
      }
      await marker.post(`${path}/annotations`, { lockToken: token, body: drawn })
      const states = [await finalize(world, path, token)]
      await readAll(world, path)
      await admin.get(`/api/exams/${await world.examId()}/exports/scores`)
      const note = { reason: 'other', note: canary.text('note') }
      states.push((await admin.post(`${path}/reopen`, { body: note })).body.status)
      const again: string = (await marker.post(`${path}/lock`)).body.token
      states.push(await finalize(world, path, again))
      await admin.post(`${path}/reopen`, { body: note })
      await marker.post(`${path}/lock`)
      states.push((await admin.post(`${path}/force-release`, { body: note })).body.status)
      states.push((await marker.post(`${path}/send-back`, { body: note })).body.status)
      await readAll(world, path)
      return states.join(', ')
    },
  },
  {
    name: 'writes that come too late',
    path: 'texts and points of annotations, scores and remarks',
    outcome:
      '409 version-conflict, 409 version-conflict, 409 version-conflict, 409 version-conflict, 409 lock-token-mismatch, 409 already-locked',
    provoke: async (world, canary) => {
      const [admin, marker] = [await world.as('admin'), await world.as('marker')]
      const path = await makeCopy(world, canary)
      const lockToken = await mark(world, canary, path)
      const { annotations } = (await marker.get(`${path}/annotations`)).body
      const [item] = await listItems(world, path)
      const change = { lockToken, version: 9, body: { text: canary.text('text') } }
      const score = { lockToken, version: 9, body: { points: canary.points() } }
      const answers = [
        await marker.call('PATCH', `${path}/annotations/${annotations[0].id}`, change),
        await marker.call('PUT', `${path}/scores/${item?.itemId}`, score),
        await marker.call('PUT', `${path}/remarks/${item?.itemId}`, change),
        await marker.call('PUT', `${path}/comment`, change),
        await admin.post(`${path}/annotations`, {
          lockToken,
          body: { pageNumber: 1, kind: 'text', x: 0, y: 0, text: canary.text('text') },
        }),
        await admin.post(`${path}/lock`),
      ]
      return answers.map(said).join(', ')
    },
  },
  {
    name: 'marks that do not fit',
    path: 'texts of annotations and remarks, and points',
    outcome:
      '422 invalid-annotation, 400 invalid-request, 422 invalid-score, 422 unknown-item, 400 invalid-request, 422 marks-incomplete',
    provoke: async (world, canary) => {
      const marker = await world.as('marker')
      const path = await makeCopy(world, canary)
      const lockToken: string = (await marker.post(`${path}/lock`)).body.token
      const [item] = await listItems(world, path)
      const remark = (words: string) => ({ lockToken, version: 0, body: { text: words } })
      const text = { pageNumber: 99, kind: 'text', x: 0, y: 0, text: canary.text('text') }
      const answers = [
        await marker.post(`${path}/annotations`, { lockToken, body: text }),
        await marker.post(`${path}/annotations`, { lockToken, body: { ...text, [canary.text('input')]: 1 } }),
        await marker.call('PUT', `${path}/scores/${item?.itemId}`, {
          lockToken,
          version: 0,
          body: { points: canary.points() + 0.1 },
        }),
        await marker.call('PUT', `${path}/remarks/${NOWHERE}`, remark(canary.text('text'))),
        await marker.call('PUT', `${path}/comment`, remark(canary.text('text').repeat(200))),
        await marker.post(`${path}/finalize`, { lockToken }),
      ]
      return answers.map(said).join(', ')
    },
  },
  {
    name: 'a rubric that cannot be',
    path: 'labels of its items',
    outcome: '422 invalid-rubric, 409 version-conflict',
    provoke: async (world, canary) => {
      const admin = await world.as('admin')
      const part = { label: canary.text('label'), maxPoints: 1 }
      const path = `/api/exams/${(await admin.post('/api/exams', { body: { title: canary.text('title') } })).body.id}/rubric`
      const both = { items: [{ ...part, items: [part] }] }
      const answers = [
        await admin.call('PUT', path, { version: 0, body: both }),
        await admin.call('PUT', path, { version: 7, body: { items: [part] } }),
      ]
      return answers.map(said).join(', ')
    },
  },
]

const documents: readonly Row[] = [
  ...POISONS.map(
    ([name, code, make]): Row => ({
      name,
      path: 'its content, and the name of the file',
      outcome: `FAILED ${code}`,
      provoke: async (world, canary) => {
        const batch = await importDocument(world, canary, make(canary))
        return `${batch.status} ${batch.errorCode}`
      },
    }),
  ),
  ...HARMLESS.map(
    ([name, make]): Row => ({
      name,
      path: 'its metadata, texts, annotations, embedded files, and the name of the file',
      outcome: 'IMPORTED',
      provoke: async (world, canary) => (await importDocument(world, canary, make(canary))).status,
    }),
  ),
]

const engineTask = (outputPath: string) =>
  ({ kind: 'extract', pages: [{ path: '/', pageIndex: 0, turn: 0 }], outputPath }) as const

async function runNoisyEngine(world: World, outputPath: string): Promise<string> {
  const pool = createEnginePool({
    workDirectory: join(world.app.folder, 'work', 'noisy'),
    childModule: join(import.meta.dirname, 'noisy-engine.ts'),
  })
  try {
    await pool.run(engineTask(outputPath))
    return 'no failure'
  } catch (error) {
    world.ledger.add({ name: 'the failure of the engine', content: JSON.stringify(error) + String(error) })
    return (error as { code: string }).code
  } finally {
    await pool.close()
  }
}

const engines: readonly Row[] = [
  {
    name: 'an engine that writes to its streams and throws',
    path: 'standard output, standard error, warnings, progress, an uncaught error',
    outcome: 'engine-fault',
    provoke: (world, canary) => runNoisyEngine(world, canary.text('document')),
  },
  {
    name: 'an engine that answers what nobody asked',
    path: 'type, code, page and message of its answer',
    outcome: 'engine-fault',
    provoke: (world, canary) => runNoisyEngine(world, `${canary.text('document')} speaks`),
  },
  {
    name: 'an engine that is killed',
    path: 'the document it reads, and the name of its file',
    outcome: 'engine-fault in the log, IMPORTED',
    provoke: async (world, canary) => {
      const importing = importDocument(world, canary, makeSpeakingPdf(canary))
      // A document of two pages is soon read: looked for at every turn of the loop.
      while (world.engines().running === 0) await setImmediate()
      for (const pid of world.engines().processIds) process.kill(pid, 'SIGKILL')
      const line = await world.line('engine.fault')
      return `${line['error.code']} in the log, ${(await importing).status}`
    },
  },
]

const jobs: readonly Row[] = [
  {
    name: 'a drawing that fails three times',
    path: 'message, name, code, cause and members of a foreign error, with the texts of a copy',
    outcome: 'GRADING_FAILED, CRITICAL',
    provoke: async (world, canary) => {
      const path = await makeCopy(world, canary)
      const lockToken = await mark(world, canary, path)
      const cause = Object.assign(new Error(canary.text('text')), {
        code: canary.token('input'),
        detail: canary.text('text'),
      })
      world.failDrawing(new AggregateError([cause], canary.text('text'), { cause }))
      const status = await finalize(world, path, lockToken)
      world.failDrawing(undefined)
      return `${status}, ${(await world.line('job.exhausted')).level}`
    },
  },
  {
    name: 'a result that the database refuses',
    path: 'the texts of a copy, in the message of a trigger',
    outcome: 'P0001 in the log, GRADED',
    provoke: async (world, canary) => {
      const path = await makeCopy(world, canary)
      const lockToken = await mark(world, canary, path)
      const all = `(select string_agg(text, ' ') from annotation)`
      await world.sql(`
        create function planted() returns trigger language plpgsql as
          $$ begin raise exception '%', ${all} using detail = ${all}; end $$;
        create trigger planted before insert on grading_result for each row execute function planted()`)
      const graded = finalize(world, path, lockToken)
      const line = await world.line('job.failed')
      await world.sql('drop trigger planted on grading_result; drop function planted()')
      return `${line['db.response.status_code']} in the log, ${await graded}`
    },
  },
  {
    name: 'a job that cannot be read',
    path: 'envelope and payload of the job',
    outcome: 'job-unreadable in the log',
    provoke: async (world, canary) => {
      const marker = canary.text('input')
      const job = {
        envelope: { requestId: marker, jobId: marker },
        payload: { batchId: marker, [marker]: marker },
      }
      const id = await world.app.services.boss.send('import-batch', job)
      const line = await world.line('job.failed', { 'error.code': 'job-unreadable' })
      // What we have put there ourselves is no leak.
      await until(async () => {
        const rows = await world.sql(
          `delete from pgboss.job where id = $1 or data::text like '%' || $2 || '%' returning 1`,
          [id, marker],
        )
        return rows.length > 0 ? true : undefined
      })
      return `${line['error.code']} in the log`
    },
  },
  {
    name: 'a queue that cannot be read',
    path: 'the names of files of jobs that wait',
    outcome: '42501 in the log, IMPORTED',
    provoke: async (world, canary) => {
      await world.examId()
      await world.sql('revoke update on all tables in schema pgboss from paraph_app')
      const importing = importDocument(world, canary, makeSpeakingPdf(canary))
      const line = await world.line('queue.fetch-failed')
      await world.sql('grant update on all tables in schema pgboss to paraph_app')
      return `${line['db.response.status_code']} in the log, ${(await importing).status}`
    },
  },
]

/** The stored content of a copy's scan. */
async function blobOf(world: World, path: string): Promise<string> {
  const [row] = await world.sql<{ sha256: string }>(
    'select original_sha256 as sha256 from copy where id = $1',
    [path.split('/').at(-1)],
  )
  const sha256 = row?.sha256 ?? ''
  return join(world.app.folder, 'blobs', sha256.slice(0, 2), sha256)
}

const files: readonly Row[] = [
  {
    name: 'a scan that is gone from the disk',
    path: 'the document, and the name of its file',
    outcome: '500 internal, open in the log',
    provoke: async (world, canary) => {
      const path = await makeCopy(world, canary)
      rmSync(await blobOf(world, path))
      const answer = await (await world.as('admin')).get(`${path}/original`)
      return `${said(answer)}, ${(await world.line('http.failed'))['system.syscall']} in the log`
    },
  },
  {
    name: 'a folder in the place of a scan',
    path: 'the document, and the name of its file',
    outcome: '500 internal',
    provoke: async (world, canary) => {
      const path = await makeCopy(world, canary)
      const blob = await blobOf(world, path)
      rmSync(blob)
      await mkdir(blob)
      return said(await (await world.as('admin')).get(`${path}/original`))
    },
  },
  {
    name: 'a store that cannot be written',
    path: 'the name of a file, and its content',
    outcome: '500 internal, open in the log',
    provoke: async (world, canary) => {
      const incoming = join(world.app.folder, 'blobs', 'incoming')
      renameSync(incoming, `${incoming}-away`)
      const answer = await upload(world, canary, makeSpeakingPdf(canary))
      renameSync(`${incoming}-away`, incoming)
      return `${said(answer)}, ${(await world.line('http.failed'))['system.syscall']} in the log`
    },
  },
  {
    name: 'a work folder that cannot be written',
    path: 'the name of a file, and its content',
    outcome: 'Error in the log, IMPORTED',
    provoke: async (world, canary) => {
      const work = join(world.app.folder, 'work')
      await world.examId()
      // The door asks the same disk for room: the folder goes when the scan is in and its job not yet begun.
      await world.sql('revoke update on all tables in schema pgboss from paraph_app')
      const { body } = await upload(world, canary, makeSpeakingPdf(canary))
      renameSync(work, `${work}-away`)
      await writeFile(work, '')
      await world.sql('grant update on all tables in schema pgboss to paraph_app')
      const line = await world.line('job.failed')
      rmSync(work)
      renameSync(`${work}-away`, work)
      return `${line['exception.type']} in the log, ${(await awaitImport(world, body.id)).status}`
    },
  },
  {
    name: 'a sealed value that cannot be opened',
    path: 'the name of a file',
    outcome: '500 internal, AppError in the log',
    provoke: async (world, canary) => {
      const batch = await importDocument(world, canary, makeSpeakingPdf(canary))
      await world.sql('update batch set file_name_sealed = $2 where id = $1', [
        batch.id,
        Buffer.from(canary.text('file-name')),
      ])
      const answer = await (await world.as('admin')).get(`/api/batches/${batch.id}`)
      await world.sql(`update batch set file_name_sealed = '' where id = $1`, [batch.id])
      return `${said(answer)}, ${(await world.line('http.failed'))['exception.type']} in the log`
    },
  },
]

const watching: readonly Row[] = [
  {
    name: 'readiness while the database is spoilt',
    path: 'whatever the tables hold',
    outcome: '503',
    provoke: async (world) => {
      await world.sql('alter table schema_migration rename to elsewhere')
      const answer = await world.nobody.get('/readyz')
      await world.sql('alter table elsewhere rename to schema_migration')
      return said(answer)
    },
  },
  {
    name: 'gauges that cannot be read',
    path: 'whatever the tables hold',
    outcome: '42P01',
    provoke: async (world) => {
      await world.sql('alter table page rename to elsewhere')
      const code = await world.app.collectGauges().then(
        () => 'read',
        (error) => error.code,
      )
      await world.sql('alter table elsewhere rename to page')
      return code
    },
  },
]

export const WORK_VECTORS: readonly Row[] = [
  ...journeys,
  ...documents,
  ...engines,
  ...jobs,
  ...files,
  ...watching,
]
