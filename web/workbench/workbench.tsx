import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useMemo, useRef } from 'react'
import type { Account } from '../shared/session.ts'
import { useSettings } from '../shared/settings.ts'
import { DeskBanners } from './desk-banners.tsx'
import { DeskHeader } from './desk-header.tsx'
import { type DeskState, canEdit as mayEdit } from './desk-state.ts'
import { editsOf } from './edits.ts'
import { Finish } from './finish.tsx'
import { isFree, reasonsAgainst } from './finish-reasons.ts'
import type { Action } from './keymap.ts'
import { MarkList } from './mark-list.tsx'
import { besides, isMarked } from './next-copy.ts'
import { PageView } from './page-view.tsx'
import { perform } from './perform.ts'
import { Prefetch } from './prefetch.tsx'
import { SaveState } from './save-state.tsx'
import { ScorePanel } from './score-panel.tsx'
import { type DeskData, myCopiesQuery } from './sheet-query.ts'
import type { Surface } from './surface.ts'
import { Thumbnails } from './thumbnails.tsx'
import { Toolbar } from './toolbar.tsx'
import { useDesk, useLeaveWarning, useNeighbours } from './use-desk.ts'
import { useFinish } from './use-finish.ts'
import { focusScore, useKeys } from './use-keys.ts'
import { useLetters } from './use-letters.ts'
import { useStep } from './use-step.ts'
import { focusStage, useFocusOnChange, useView, ZOOM_STEP } from './use-view.ts'

const A4 = 297 / 210
/** Thumbnails and page side by side; the scores below them, or beside them where there is room. */
const PLACES = {
  right:
    'md:grid-cols-[7rem_minmax(0,1fr)] md:grid-rows-[minmax(0,1fr)_auto] lg:grid-cols-[7rem_minmax(0,1fr)_22rem] lg:grid-rows-1',
  left: 'md:grid-cols-[minmax(0,1fr)_7rem] md:grid-rows-[minmax(0,1fr)_auto] md:[&>nav]:order-1 md:[&>#scores]:order-2 lg:grid-cols-[22rem_minmax(0,1fr)_7rem] lg:grid-rows-1 lg:[&>#scores]:-order-1',
} as const
/** What few copies need comes when it is asked for; also without a network, once the workbench has been idle. */
const Conflict = lazy(() => import('./conflict.tsx').then((module) => ({ default: module.Conflict })))
const OpenedDialog = lazy(() =>
  import('./opened-dialog.tsx').then((module) => ({ default: module.OpenedDialog })),
)

/** One copy to mark, or to read. */
export function Workbench({ data, account }: { data: DeskData; account: Account }) {
  const { letterKeys, panelSide } = useSettings()
  const letters = useLetters()
  const navigate = useNavigate()
  const { desk, state } = useDesk(data, account)
  const items = data.items.filter(({ maxPoints }) => maxPoints !== null)
  const isScored = (itemId: string) => state.sheet.scores.get(itemId)?.points != null
  const firstQuestion = (items.find(({ itemId }) => !isScored(itemId)) ?? items[0])?.itemId
  const view = useView(data.copy.id, data.copy.pages, firstQuestion)
  const { page, tool, selectedId } = view
  const surface = useRef<Surface>(null)
  const canEdit = mayEdit(state)

  const ratioOf = (pageNumber: number) => {
    const size = data.sizes.pages[pageNumber - 1]
    return size?.widthPx && size.heightPx ? size.heightPx / size.widthPx : A4
  }
  const ratio = ratioOf(page)
  const marks = useMemo(() => [...state.sheet.marks.values()], [state.sheet.marks])
  const onPage = useMemo(() => marks.filter(({ pageNumber }) => pageNumber === page), [marks, page])
  const selected = selectedId === undefined ? undefined : state.sheet.marks.get(selectedId)
  const edits = editsOf({ desk, view, canEdit, ratio, onPage, selected })

  const copies = useQuery({ ...myCopiesQuery, enabled: account.role === 'marker' }).data
  const next = copies && besides(copies, data.copy.id, 1)
  const ofExam = copies?.filter(({ examId }) => examId === data.copy.examId) ?? []
  const { finish, report, isFinishing, error } = useFinish(desk, next)
  const reasonsIn = (of: DeskState) =>
    reasonsAgainst({
      questions: items,
      requireAllScores: data.exam.requireAllScores,
      pages: data.copy.pages,
      state: of,
    })
  const reasons = reasonsIn(state)
  const { step, told } = useStep({ desk, state, view, items })
  const finishNow = () => {
    leaveField()
    // As it is now that the field was left, which may have held the last score.
    const now = desk.state()
    const against = reasonsIn(now)
    const [question] = [...against.misfits, ...against.unscored]
    const [unseen] = against.unseen
    if (question) {
      view.setCurrentId(question.itemId)
      focusScore(question.itemId)
    } else if (unseen !== undefined) view.turn(unseen)
    else if (isFree(against) && mayEdit(now) && !isFinishing) void finish()
  }

  useEffect(() => {
    if (state.isReady) desk.see(page)
  }, [desk, page, state.isReady])
  const isWriting = view.open?.dialog === 'text' || view.open?.dialog === 'edit'
  useLeaveWarning(state.pending.length > 0 || state.isTyping || isWriting)
  useNeighbours(data, page)
  useFocusOnChange(data.copy.id)
  const act = (action: Action) =>
    perform(action, {
      ...{ view, edits, canEdit, selected },
      pointer: () => surface.current?.pointer,
      questions: items.map(({ itemId }) => itemId),
      unseen: reasons.unseen,
      onCopy: (by) => {
        const copy = copies && besides(copies, data.copy.id, by)
        // What is being finished must not be let go meanwhile.
        if (!copy || isFinishing) return
        leaveField()
        void navigate({ to: '/copies/$copyId', params: { copyId: copy.id } })
      },
      onStep: step,
      onFinish: finishNow,
    })
  useKeys(act, {
    isOn: view.open === undefined && state.conflict === undefined,
    hasSelection: selected !== undefined || tool !== 'select',
    letters: letterKeys === 'on' ? letters : undefined,
  })

  return (
    <div className="relative flex min-h-dvh min-w-0 flex-col md:h-dvh md:overflow-hidden">
      <div className="contents" inert={state.conflict !== undefined}>
        <DeskHeader
          data={data}
          role={account.role}
          state={state}
          progress={
            ofExam.length > 0 ? { done: ofExam.filter(isMarked).length, all: ofExam.length } : undefined
          }
          canReport={canEdit}
          letters={letters}
          onOpen={(dialog) => view.setOpen({ dialog })}
        >
          <SaveState key={data.copy.id} state={state} onRetry={() => desk.retry()} />
        </DeskHeader>
        <DeskBanners key={data.copy.id} copy={data.copy} account={account} desk={desk} state={state} />
        <div className={`flex min-h-0 flex-1 flex-col md:grid ${PLACES[panelSide]}`}>
          <Thumbnails data={data} page={page} seen={state.seen} onPage={view.turn} />
          <div className="flex min-h-0 min-w-0 flex-1 flex-col">
            <PageView
              data={data}
              page={page}
              ratio={ratio}
              zoom={view.zoom}
              marks={onPage}
              selectedId={selectedId}
              crosshair={view.isByKey && tool !== 'select' && canEdit ? view.crosshair : undefined}
              isGrabbing={tool === 'select'}
              host={edits.host}
              surface={surface}
              onFocusMark={view.select}
              onPointer={() => view.setByKey(false)}
            />
            <Toolbar
              tool={tool}
              letters={letters}
              canEdit={canEdit}
              zoom={view.zoom}
              isPenMode={view.isPenMode}
              hasPen={view.hasPen}
              canUndo={canEdit && state.history.done.length > 0}
              canRedo={canEdit && state.history.undone.length > 0}
              onTool={view.setTool}
              onPenMode={view.setPenMode}
              told={told}
              onStep={step}
              onZoom={(by) => view.scale(by > 0 ? ZOOM_STEP : 1 / ZOOM_STEP)}
              onFit={view.fit}
            />
          </div>
          <ScorePanel
            copyId={data.copy.id}
            items={data.items}
            scores={state.sheet.scores}
            remarks={state.sheet.remarks}
            currentId={view.currentId}
            canEdit={canEdit}
            onScore={(itemId, points) => desk.do({ type: 'score', itemId, after: points })}
            onMisfit={(itemId, isMisfit) => desk.noteMisfit(itemId, isMisfit)}
            onDraft={(place, draft) => desk.draft(place, draft)}
            onRemark={(place, { text, version }) => desk.do({ type: 'remark', place, after: text, version })}
            onCurrent={view.setCurrentId}
            foot={
              state.lease.kind !== 'reading' &&
              state.lease.kind !== 'gone' && (
                <Finish
                  reasons={reasons}
                  hasNext={next !== undefined}
                  isFinishing={isFinishing}
                  error={error}
                  onFinish={finishNow}
                />
              )
            }
          >
            <MarkList
              marks={marks}
              selectedId={selectedId}
              canEdit={canEdit}
              onSelect={(mark) => {
                view.turn(mark.pageNumber)
                view.select(mark.id)
              }}
              onEdit={(mark) => view.setOpen({ dialog: 'edit', mark })}
              onResize={edits.resize}
              onRemove={(mark) => edits.lift(mark.id)}
            />
          </ScorePanel>
        </div>
      </div>
      {state.lease.kind === 'held' && next && <Prefetch copyId={next.id} />}
      <Suspense>
        <Conflict
          state={state}
          labelOf={(itemId) => items.find((item) => item.itemId === itemId)?.label ?? ''}
          ratioOf={ratioOf}
          onDecide={(mine) => {
            desk.decide(mine)
            requestAnimationFrame(focusStage)
          }}
        />
        <OpenedDialog data={data} desk={desk} view={view} edits={edits} onReport={report} onAction={act} />
      </Suspense>
    </div>
  )
}

/** What is still typed is kept by leaving its field. */
function leaveField(): void {
  const active = document.activeElement
  if (active instanceof HTMLInputElement || active instanceof HTMLTextAreaElement) active.blur()
}
