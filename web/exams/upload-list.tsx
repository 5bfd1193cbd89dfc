import { Link } from '@tanstack/react-router'
import { useSentence } from '../shared/problem.tsx'
import { Badge, type Tone } from '../shared/ui/badge.tsx'
import { Button, buttonClass } from '../shared/ui/button.tsx'
import { Meter } from '../shared/ui/meter.tsx'
import { useWords } from '../shared/words.ts'
import { dropUpload, pauseUpload, resumeUpload, type UploadItem } from './upload-queue.ts'
import { uploadWords } from './upload-words.ts'

const TONES: Readonly<Record<UploadItem['state'], Tone>> = {
  waiting: 'neutral',
  hashing: 'accent',
  sending: 'accent',
  offline: 'warn',
  paused: 'warn',
  asking: 'warn',
  refused: 'bad',
  done: 'good',
}

/** The files of this visit, each with how far it is and what can be done with it. */
export function UploadList({ uploads }: { uploads: readonly UploadItem[] }) {
  const words = useWords(uploadWords)
  if (uploads.length === 0) return null
  return (
    <ul aria-label={words.files} className="flex flex-col gap-2">
      {uploads.map((upload) => (
        <li key={upload.key} className="flex flex-col gap-2 rounded-lg border border-line bg-surface p-4">
          <Entry upload={upload} />
        </li>
      ))}
    </ul>
  )
}

function Entry({ upload }: { upload: UploadItem }) {
  const words = useWords(uploadWords)
  const sentenceOf = useSentence()
  const { key, file, state, sentBytes, error, duplicateOf } = upload
  const isMoving = state === 'sending' || state === 'offline' || state === 'paused'
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <span className="min-w-0 break-all font-medium text-sm">{file.name}</span>
        <Badge tone={TONES[state]}>{words.states[state]}</Badge>
      </div>
      {isMoving && (
        <Meter
          label={words.sendingOf(file.name)}
          value={sentBytes}
          max={file.size}
          text={words.sentOf(sentBytes, file.size)}
        />
      )}
      {state === 'offline' && <p className="text-sm">{words.offlineText}</p>}
      {state === 'asking' && <p className="text-sm">{words.duplicateText}</p>}
      {error && (state === 'refused' || state === 'paused') && <p className="text-sm">{sentenceOf(error)}</p>}
      <Actions upload={upload} />
      {state === 'asking' && (
        <div className="flex flex-wrap gap-2">
          {duplicateOf && (
            <Link
              to="/batches/$batchId"
              params={{ batchId: duplicateOf }}
              className={buttonClass('secondary', 'small')}
            >
              {words.seeFirst}
            </Link>
          )}
          <Button size="small" look="danger" onClick={() => resumeUpload(key, { mayDuplicate: true })}>
            {words.takeTwice}
          </Button>
          <Button size="small" onClick={() => void dropUpload(key)}>
            {words.leaveOut}
          </Button>
        </div>
      )}
    </>
  )
}

function Actions({ upload: { key, file, state, batchId } }: { upload: UploadItem }) {
  const words = useWords(uploadWords)
  const canPause = state === 'sending' || state === 'offline'
  const canDrop = canPause || state === 'paused' || state === 'waiting' || state === 'refused'
  if (state === 'done' && batchId) {
    return (
      <Link
        to="/batches/$batchId"
        params={{ batchId }}
        className={`${buttonClass('secondary', 'small')} self-start`}
      >
        {words.openBatch}
      </Link>
    )
  }
  if (!canDrop) return null
  return (
    <div className="flex flex-wrap gap-2">
      {canPause && (
        <Button size="small" aria-label={words.pauseOf(file.name)} onClick={() => void pauseUpload(key)}>
          {words.pause}
        </Button>
      )}
      {state === 'paused' && (
        <Button size="small" aria-label={words.resumeOf(file.name)} onClick={() => resumeUpload(key)}>
          {words.resume}
        </Button>
      )}
      <Button
        size="small"
        look="quiet"
        aria-label={words.dropOf(file.name)}
        onClick={() => void dropUpload(key)}
      >
        {words.drop}
      </Button>
    </div>
  )
}
