import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ScanLine } from 'lucide-react'
import type { BatchView } from '../../src/copies/contract.ts'
import { useSentence } from '../shared/problem.tsx'
import { RequestFailed } from '../shared/request-failed.ts'
import { Badge } from '../shared/ui/badge.tsx'
import { buttonClass } from '../shared/ui/button.tsx'
import { Empty } from '../shared/ui/empty.tsx'
import { Meter } from '../shared/ui/meter.tsx'
import { Table } from '../shared/ui/table.tsx'
import { useSharedWords, useWords } from '../shared/words.ts'
import { examPageWords } from './exam-words.ts'
import { copiesQuery, isRunning } from './queries.ts'

/** The scans of an exam: where each is, and what is to be done with it. */
export function BatchTable({ batches, examId }: { batches: readonly BatchView[]; examId: string }) {
  const words = useWords(examPageWords)
  const shared = useSharedWords()
  const copies = useQuery(copiesQuery(examId)).data ?? []
  const toValidate = (id: string) =>
    copies.filter(({ batchId, status, pages }) => batchId === id && status === 'STAGING' && pages > 0).length
  if (batches.length === 0) {
    return (
      <Empty
        icon={ScanLine}
        title={words.noScan}
        action={
          <Link to="/exams/$examId/upload" params={{ examId }} className={buttonClass()}>
            {words.upload}
          </Link>
        }
      >
        {words.noScanText}
      </Empty>
    )
  }
  return (
    <Table
      caption={words.scans}
      rows={batches}
      keyOf={({ id }) => id}
      columns={[
        {
          key: 'file',
          title: words.columns.file,
          isName: true,
          cell: ({ id, fileName }) => (
            <Link to="/batches/$batchId" params={{ batchId: id }} className="link break-all">
              {fileName ?? words.erasedScan}
            </Link>
          ),
        },
        { key: 'state', title: words.columns.state, cell: (batch) => <BatchState batch={batch} /> },
        {
          key: 'pages',
          title: words.columns.pages,
          isNumber: true,
          cell: ({ pageCount }) => pageCount ?? '–',
        },
        {
          key: 'copies',
          title: words.columns.copies,
          isNumber: true,
          cell: ({ copies }) => copies.length,
        },
        {
          key: 'left',
          title: words.columns.toDo,
          cell: ({ id, unresolvedPages }) =>
            unresolvedPages > 0 ? (
              <Badge tone="warn">{words.unresolved(shared.pages(unresolvedPages))}</Badge>
            ) : toValidate(id) > 0 ? (
              <Badge tone="accent">{words.toValidate(toValidate(id))}</Badge>
            ) : null,
        },
      ]}
    />
  )
}

/** Where the import of a scan is: pages while it runs, the reason when it failed. */
export function BatchState({ batch }: { batch: BatchView }) {
  const words = useWords(examPageWords)
  const sentenceOf = useSentence()
  if (batch.status === 'FAILED') {
    const failure = new RequestFailed({ code: batch.errorCode ?? 'internal', status: 422 })
    return (
      <span className="flex min-w-48 flex-col items-start gap-1">
        <Badge tone="bad">{words.importFailed}</Badge>
        <span className="text-sm">{sentenceOf(failure)}</span>
      </span>
    )
  }
  if (!isRunning(batch)) return <Badge tone="good">{words.imported}</Badge>
  if (batch.pageCount === null) return <Badge tone="accent">{words.opening}</Badge>
  return (
    <div className="min-w-40">
      <Meter
        label={words.importing}
        value={batch.pagesDone}
        max={batch.pageCount}
        text={words.pageOf(batch.pagesDone, batch.pageCount)}
      />
    </div>
  )
}
