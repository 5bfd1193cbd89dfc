import type { PageView } from '../../src/copies/contract.ts'
import type { Scene } from './use-review.ts'

/** What can be asked about a page. */
export type PageDialogKind = 'look' | 'move' | 'discard' | 'number' | 'replace'

export type PageDialogProps = {
  page: PageView
  scene: Scene
  /** Does it, and closes the dialog. */
  onPage: (deed: () => Promise<unknown>) => Promise<void>
  onClose: () => void
}
