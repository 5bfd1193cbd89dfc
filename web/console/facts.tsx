import { Link } from '@tanstack/react-router'
import { useFormat } from '../shared/format.ts'
import { shortId } from './short-id.ts'

type Fact = string | number | boolean | null

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Facts of the doctor or of a repair, by the names that commands give them. */
export function Facts({ facts }: { facts: Readonly<Record<string, Fact>> }) {
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-sm">
      {Object.entries(facts).map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">
            <code className="text-xs">{name}</code>
          </dt>
          <dd className="min-w-0">
            <FactValue name={name} value={value} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** A value; an id leads to its story, but for that of a person. */
function FactValue({ name, value }: { name: string; value: Fact }) {
  const format = useFormat()
  if (value === null) return <span className="text-muted">–</span>
  if (typeof value === 'number') return <span className="tabular-nums">{format.number(value)}</span>
  if (typeof value === 'string' && (name === 'request' || (ID.test(value) && name !== 'actor'))) {
    return <IdLink id={value} />
  }
  return <code className="break-all text-xs">{String(value)}</code>
}

/** The way from an id to its story. */
export function IdLink({ id, isShort = false }: { id: string; isShort?: boolean }) {
  return (
    <Link to="/console/search" search={{ id }} className="link break-all">
      <code className="text-xs">{isShort ? shortId(id) : id}</code>
    </Link>
  )
}
