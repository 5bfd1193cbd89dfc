/** A block of the pages of the playbook: they use no more of Markdown than this. */
export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'list'; readonly isOrdered: boolean; readonly items: readonly string[] }
  | {
      readonly kind: 'table'
      readonly head: readonly string[]
      readonly rows: readonly (readonly string[])[]
    }

/** A part of a line. */
export type Inline =
  | { readonly kind: 'text' | 'code' | 'strong'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly to: string }

const ITEM = /^\s*(?:[-*]|(\d+)\.)\s+/
const MARK = /^<!--.*-->$|^<a id="[^"]*"><\/a>$/

/** Cuts a page into its blocks. Comments and anchors are left out. */
export function parseBlocks(markdown: string): readonly Block[] {
  const lines = markdown.replace(/<a id="[^"]*"><\/a>/g, '').split('\n')
  const blocks: Block[] = []
  let at = 0
  const takeWhile = (isIn: (line: string) => boolean): string[] => {
    const taken: string[] = []
    for (let line = lines[at]; line !== undefined && isIn(line); line = lines[at]) {
      taken.push(line)
      at += 1
    }
    return taken
  }
  while (at < lines.length) {
    const line = lines[at] ?? ''
    if (line.trim() === '' || MARK.test(line.trim())) {
      at += 1
    } else if (line.trim().startsWith('```')) {
      at += 1
      blocks.push({ kind: 'code', text: takeWhile((one) => !one.trim().startsWith('```')).join('\n') })
      at += 1
    } else if (line.startsWith('#')) {
      const [, marks = '', text = ''] = /^(#+)\s*(.*)$/.exec(line) ?? []
      blocks.push({ kind: 'heading', level: marks.length, text })
      at += 1
    } else if (line.startsWith('|')) {
      blocks.push(toTable(takeWhile((one) => one.startsWith('|'))))
    } else if (ITEM.test(line)) {
      blocks.push(toList(takeWhile((one) => one.trim() !== '' && !one.startsWith('#'))))
    } else {
      blocks.push({ kind: 'paragraph', text: takeWhile(isProse).join(' ') })
    }
  }
  return blocks
}

function isProse(line: string): boolean {
  return line.trim() !== '' && !/^(#|\||```)/.test(line) && !ITEM.test(line) && !MARK.test(line.trim())
}

function toTable(lines: readonly string[]): Block {
  const cells = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
  const [head = '', , ...rows] = lines
  return { kind: 'table', head: cells(head), rows: rows.map(cells) }
}

/** A line that begins no item goes on with the one before. */
function toList(lines: readonly string[]): Block {
  const items: string[] = []
  for (const line of lines) {
    if (ITEM.test(line)) items.push(line.replace(ITEM, ''))
    else items.push(`${items.pop() ?? ''} ${line.trim()}`.trim())
  }
  return { kind: 'list', isOrdered: /^\s*\d/.test(lines[0] ?? ''), items }
}

const INLINE = /`([^`]+)`|\*\*(.+?)\*\*|\[([^\]]+)\]\(([^)]+)\)/g

/** Cuts a line into its parts. */
export function parseInline(text: string): readonly Inline[] {
  const parts: Inline[] = []
  let end = 0
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, strong, label = '', to] = match
    if (match.index > end) parts.push({ kind: 'text', text: text.slice(end, match.index) })
    if (code !== undefined) parts.push({ kind: 'code', text: code })
    else if (strong !== undefined) parts.push({ kind: 'strong', text: strong.replaceAll('`', '') })
    else if (to !== undefined) parts.push({ kind: 'link', text: label.replaceAll('`', ''), to })
    end = match.index + whole.length
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) })
  return parts
}
