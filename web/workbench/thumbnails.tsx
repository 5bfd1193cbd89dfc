import { Eye, EyeOff } from 'lucide-react'
import { useLayoutEffect, useRef } from 'react'
import { useDeskWords } from './desk-words.ts'
import { imageOf } from './page-images.ts'
import type { DeskData } from './sheet-query.ts'

/** The pages in small, with which were looked at. */
export function Thumbnails(props: {
  data: DeskData
  page: number
  seen: ReadonlySet<number>
  onPage: (page: number) => void
}) {
  const words = useDeskWords()
  const { data, page, seen } = props
  const list = useRef<HTMLElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another copy begins at its first page
  useLayoutEffect(() => {
    list.current?.scrollTo({ top: 0, left: 0 })
  }, [data.copy.id])
  return (
    <nav
      ref={list}
      aria-label={words.pages}
      className="shrink-0 overflow-auto border-line border-b bg-surface p-2 md:border-e md:border-b-0"
    >
      <ol className="flex gap-2 md:flex-col">
        {data.sizes.pages.map((one) => {
          const isSeen = seen.has(one.pageNumber)
          const Icon = isSeen ? Eye : EyeOff
          return (
            <li key={one.pageNumber}>
              <button
                type="button"
                aria-current={one.pageNumber === page ? 'page' : undefined}
                onClick={() => props.onPage(one.pageNumber)}
                className="flex w-20 cursor-pointer flex-col rounded-md border-2 border-transparent p-1 hover:bg-sunken aria-[current=page]:border-accent aria-[current=page]:bg-accent-soft md:w-full"
              >
                <img
                  key={data.copy.id}
                  src={imageOf(data, one.pageNumber, 'thumbnail')}
                  alt=""
                  width={one.widthPx ?? 1_240}
                  height={one.heightPx ?? 1_754}
                  loading="lazy"
                  className="h-auto w-full bg-paper"
                />
                <span className="mt-1 flex items-center justify-center gap-1 text-xs tabular-nums">
                  <span className="sr-only">{words.pageOf(one.pageNumber, data.copy.pages)}, </span>
                  <span aria-hidden>{one.pageNumber}</span>
                  <Icon aria-hidden className={`size-3.5 ${isSeen ? 'text-good' : 'text-muted'}`} />
                  <span className="sr-only">{isSeen ? words.pageSeen : words.pageUnseen}</span>
                </span>
              </button>
            </li>
          )
        })}
      </ol>
    </nav>
  )
}
