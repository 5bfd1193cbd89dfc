import {
  Check,
  Eraser,
  Hand,
  Highlighter,
  type LucideIcon,
  MessageSquare,
  MousePointer2,
  PenLine,
  Redo2,
  Square,
  Type,
  Undo2,
  X,
  ZoomIn,
  ZoomOut,
} from 'lucide-react'
import { useDeskWords } from './desk-words.ts'
import type { Letters, Tool } from './keymap.ts'

const TOOLS: readonly { tool: Tool; icon: LucideIcon }[] = [
  { tool: 'select', icon: MousePointer2 },
  { tool: 'ink', icon: PenLine },
  { tool: 'highlight', icon: Highlighter },
  { tool: 'box', icon: Square },
  { tool: 'comment', icon: MessageSquare },
  { tool: 'text', icon: Type },
  { tool: 'tick', icon: Check },
  { tool: 'cross', icon: X },
  { tool: 'eraser', icon: Eraser },
]

type ToolbarProps = {
  tool: Tool
  letters: Letters
  canEdit: boolean
  zoom: number
  isPenMode: boolean
  hasPen: boolean
  canUndo: boolean
  canRedo: boolean
  onTool: (tool: Tool) => void
  onPenMode: (isOn: boolean) => void
  /** What was just undone or done again. */
  told: string
  onStep: (how: 'undo' | 'redo') => void
  onZoom: (by: 1 | -1) => void
  onFit: () => void
}

/** The tools under the page, each with its key. */
export function Toolbar(props: ToolbarProps) {
  const words = useDeskWords()
  const { letters } = props
  return (
    <div
      id="tools"
      role="toolbar"
      aria-label={words.tools}
      className="flex shrink-0 flex-wrap items-center gap-1 border-line border-t bg-surface px-2 py-1"
    >
      {TOOLS.map(({ tool, icon }) => (
        <Key
          key={tool}
          icon={icon}
          name={words.tool[tool]}
          letter={letters[tool].toUpperCase()}
          isPressed={props.tool === tool}
          isOff={!props.canEdit && tool !== 'select'}
          onPress={() => props.onTool(tool)}
        />
      ))}
      {props.hasPen && (
        <Key
          icon={Hand}
          name={words.penMode}
          isPressed={props.isPenMode}
          onPress={() => props.onPenMode(!props.isPenMode)}
        />
      )}
      <span className="mx-1 h-6 border-line border-s" />
      <Key icon={Undo2} name={words.undo} isOff={!props.canUndo} onPress={() => props.onStep('undo')} />
      <Key icon={Redo2} name={words.redo} isOff={!props.canRedo} onPress={() => props.onStep('redo')} />
      <span aria-hidden data-told className="min-w-0 flex-1 truncate px-2 text-muted text-sm">
        {props.told}
      </span>
      <span className="ms-auto flex items-center gap-1">
        <Key icon={ZoomOut} name={words.zoomOut} onPress={() => props.onZoom(-1)} />
        <button
          type="button"
          onClick={props.onFit}
          title={`${words.fit} (${letters.fit.toUpperCase()})`}
          className="min-h-11 min-w-14 cursor-pointer rounded-md px-1 text-sm tabular-nums hover:bg-sunken"
        >
          {Math.round(props.zoom * 100)} %<span className="sr-only">, {words.fit}</span>
        </button>
        <Key icon={ZoomIn} name={words.zoomIn} onPress={() => props.onZoom(1)} />
      </span>
    </div>
  )
}

function Key(props: {
  icon: LucideIcon
  name: string
  letter?: string
  isPressed?: boolean
  isOff?: boolean
  onPress: () => void
}) {
  const { icon: Icon, name, letter } = props
  return (
    <button
      type="button"
      aria-label={name}
      aria-pressed={props.isPressed}
      aria-keyshortcuts={letter}
      disabled={props.isOff}
      title={letter ? `${name} (${letter})` : name}
      onClick={props.onPress}
      className="relative flex size-11 cursor-pointer items-center justify-center rounded-md border border-transparent hover:bg-sunken disabled:cursor-not-allowed disabled:opacity-45 aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-accent"
    >
      <Icon aria-hidden className="size-5" />
      {letter && (
        <kbd
          aria-hidden
          className="absolute end-1 bottom-0.5 font-sans text-[0.625rem] text-muted leading-none"
        >
          {letter}
        </kbd>
      )}
    </button>
  )
}
