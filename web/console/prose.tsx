import { Link } from '@tanstack/react-router'
import { type Block, type Inline, parseBlocks, parseInline } from './markdown.ts'

/** A page of the playbook without its title. */
export function Prose({ markdown }: { markdown: string }) {
  const blocks = parseBlocks(markdown).filter((block) => block.kind !== 'heading' || block.level > 1)
  return (
    <div className="flex max-w-3xl flex-col gap-4 text-sm leading-6">
      {keyed(blocks).map(({ key, value }) => (
        <BlockOf key={key} block={value} />
      ))}
    </div>
  )
}

/** Pages do not change while they are read: the place of a part is its name. */
function keyed<T>(values: readonly T[]): readonly { readonly key: string; readonly value: T }[] {
  return values.map((value, place) => ({ key: String(place), value }))
}

function BlockOf({ block }: { block: Block }) {
  switch (block.kind) {
    case 'heading':
      return block.level === 2 ? (
        <h2 className="mt-4 font-semibold text-lg">{block.text}</h2>
      ) : (
        <h3 className="mt-2 font-semibold text-base">
          <Line text={block.text} />
        </h3>
      )
    case 'code':
      return (
        <pre className="whitespace-pre-wrap break-words rounded-md border border-line bg-sunken p-3 text-xs leading-5">
          {block.text}
        </pre>
      )
    case 'list': {
      const List = block.isOrdered ? 'ol' : 'ul'
      return (
        <List className={`flex flex-col gap-1 ps-5 ${block.isOrdered ? 'list-decimal' : 'list-disc'}`}>
          {keyed(block.items).map(({ key, value }) => (
            <li key={key}>
              <p>
                <Line text={value} />
              </p>
            </li>
          ))}
        </List>
      )
    }
    case 'table':
      return <TableOf {...block} />
    case 'paragraph':
      return (
        <p>
          <Line text={block.text} />
        </p>
      )
  }
}

function TableOf({ head, rows }: Extract<Block, { kind: 'table' }>) {
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse must be able to scroll it
      tabIndex={0}
      aria-label={head.join(', ')}
      className="overflow-x-auto rounded-lg border border-line"
    >
      <table className="w-full border-collapse">
        <thead className="bg-sunken text-muted">
          <tr>
            {keyed(head).map(({ key, value }) => (
              <th key={key} scope="col" className="px-3 py-2 text-start font-medium">
                <Line text={value} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {keyed(rows).map(({ key, value }) => (
            <tr key={key} className="border-line border-t">
              {keyed(value).map((cell) => (
                <td key={cell.key} className="px-3 py-2">
                  <p>
                    <Line text={cell.value} />
                  </p>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Line({ text }: { text: string }) {
  return keyed(parseInline(text)).map(({ key, value }) => <Part key={key} part={value} />)
}

const PAGE = /^(?:\.\/)?([a-z-]+)\.md(?:#.*)?$/

/** Links to other pages of the playbook lead there; what lies elsewhere in the repository is named and no more. */
function Part({ part }: { part: Inline }) {
  if (part.kind === 'code') return <code className="break-words text-xs">{part.text}</code>
  if (part.kind === 'strong') return <strong className="font-semibold">{part.text}</strong>
  if (part.kind !== 'link') return part.text
  const scenario = PAGE.exec(part.to)?.[1]
  if (scenario === undefined) return <em>{part.text}</em>
  return (
    <Link
      to="/console/playbook/$scenario"
      params={{ scenario }}
      className="text-accent underline underline-offset-4"
    >
      {part.text}
    </Link>
  )
}
