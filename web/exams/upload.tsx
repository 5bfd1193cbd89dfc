import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createLazyRoute, Link } from '@tanstack/react-router'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { ask } from '../shared/ask.ts'
import { Loaded } from '../shared/loaded.tsx'
import { Page } from '../shared/page.tsx'
import { buttonClass } from '../shared/ui/button.tsx'
import { Section } from '../shared/ui/section.tsx'
import { useWords } from '../shared/words.ts'
import { BatchTable } from './batch-table.tsx'
import { DropZone } from './drop-zone.tsx'
import { batchesQuery, examQuery } from './queries.ts'
import { INITIAL_SPLIT, optionsOf, type SplitChoice, SplitFields } from './split-fields.tsx'
import { UploadList } from './upload-list.tsx'
import { addFiles, currentUploads, subscribe } from './upload-queue.ts'
import { uploadWords } from './upload-words.ts'

/** Scans are chosen here and sent one after another; leaving the screen stops nothing. */
function UploadScreen() {
  const words = useWords(uploadWords)
  const { examId } = route.useParams()
  const exam = useQuery(examQuery(examId))
  const batches = useQuery(batchesQuery(examId))
  const uploads = useSyncExternalStore(subscribe, currentUploads).filter((upload) => upload.examId === examId)
  const [split, setSplit] = useState<SplitChoice>(INITIAL_SPLIT)
  const options = optionsOf(split)
  useRefreshWhenDone(examId, uploads.filter(({ state }) => state === 'done').length)
  return (
    <Page
      title={words.title}
      lead={exam.data?.title}
      actions={
        <Link to="/exams/$examId" params={{ examId }} className={buttonClass()}>
          {words.backToExam}
        </Link>
      }
    >
      <Loaded query={exam}>
        {({ codePattern }) => (
          <div className="flex flex-col gap-8">
            <Section title={words.howToCut}>
              <SplitFields choice={split} codePattern={codePattern} onChange={setSplit} />
            </Section>
            <Section title={words.files}>
              <DropZone
                isDisabled={options === undefined}
                onFiles={(files) => options && addFiles(examId, files, options)}
              />
              <BrokenOff examId={examId} />
              <UploadList uploads={uploads} />
            </Section>
            <Section title={words.arrived}>
              <Loaded query={batches}>
                {(all) =>
                  all.length === 0 ? (
                    <p className="text-muted text-sm">{words.nothingArrived}</p>
                  ) : (
                    <BatchTable batches={all} examId={examId} />
                  )
                }
              </Loaded>
            </Section>
          </div>
        )}
      </Loaded>
    </Page>
  )
}

/** The scans of the exam are asked for again when a file has become one. */
function useRefreshWhenDone(examId: string, done: number): void {
  const queries = useQueryClient()
  useEffect(() => {
    if (done > 0) void queries.invalidateQueries({ queryKey: ['exams', examId] })
  }, [queries, examId, done])
}

/** Uploads of this account that broke off, for instance by a reload: the same file goes on where it was. */
function BrokenOff({ examId }: { examId: string }) {
  const words = useWords(uploadWords)
  const uploads = useSyncExternalStore(subscribe, currentUploads)
  const known = new Set(uploads.map(({ sha256 }) => sha256))
  const isBusy = uploads.some(({ state }) => state === 'sending' || state === 'hashing')
  const { data = [] } = useQuery({
    queryKey: ['uploads', uploads.length, isBusy],
    queryFn: async ({ signal }) => (await ask('GET /api/uploads', { signal })).uploads,
  })
  const broken = data.filter((upload) => upload.examId === examId && !known.has(upload.sha256 ?? ''))
  if (broken.length === 0) return null
  return (
    <div className="rounded-lg border border-warn bg-warn-soft p-4 text-sm">
      <p className="font-medium">{words.brokenOff(broken.length)}</p>
      <p>{words.brokenOffText}</p>
      <ul className="mt-2 list-disc ps-5">
        {broken.map(({ id, offset, sizeBytes }) => (
          <li key={id}>{words.arrivedOf(offset, sizeBytes)}</li>
        ))}
      </ul>
    </div>
  )
}

export const route = createLazyRoute('/signed-in/exams/$examId/upload')({ component: UploadScreen })
