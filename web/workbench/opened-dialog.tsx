import type { Desk } from './desk.ts'
import { ContactSheet, type Fault, ReportDialog, TextDialog } from './desk-dialogs.tsx'
import type { Edits } from './edits.ts'
import type { Action } from './keymap.ts'
import { Palette } from './palette.tsx'
import type { DeskData } from './sheet-query.ts'
import { ShortcutSheet } from './shortcut-sheet.tsx'
import { focusScore } from './use-keys.ts'
import type { View } from './use-view.ts'

type OpenedDialogProps = {
  data: DeskData
  desk: Desk
  view: View
  edits: Edits
  onReport: (fault: Fault) => Promise<void>
  onAction: (action: Action) => void
}

/** The dialog that is open, if one is. */
export function OpenedDialog({ data, desk, view, edits, onReport, onAction }: OpenedDialogProps) {
  const { open, close } = view
  const andClose = (act: () => void) => {
    act()
    close()
  }
  /** What was written stays open until it can be kept. */
  const closeIf = (isDone: boolean) => {
    if (isDone) close()
    return isDone
  }
  switch (open?.dialog) {
    case undefined:
      return null
    case 'shortcuts':
      return <ShortcutSheet onClose={close} />
    case 'palette':
      return (
        <Palette
          pages={data.copy.pages}
          questions={data.items.filter(({ maxPoints }) => maxPoints !== null)}
          onAction={onAction}
          onPage={view.turn}
          onQuestion={(itemId) => {
            view.setCurrentId(itemId)
            focusScore(itemId)
          }}
          onClose={close}
        />
      )
    case 'report':
      return <ReportDialog onReport={onReport} onClose={close} />
    case 'contact-sheet':
      return <ContactSheet data={data} onPage={(to) => andClose(() => view.turn(to))} onClose={close} />
    case 'text':
      return (
        <TextDialog
          kind={open.kind}
          text=""
          onDone={(text) => closeIf(edits.write(open.kind, open.at, text))}
          onClose={close}
        />
      )
    case 'edit':
      return (
        <TextDialog
          kind={open.mark.kind === 'text' ? 'text' : 'comment'}
          text={open.mark.text ?? ''}
          onDone={(text) => closeIf(desk.do({ type: 'alter', markId: open.mark.id, after: { text } }))}
          onClose={close}
        />
      )
  }
}
