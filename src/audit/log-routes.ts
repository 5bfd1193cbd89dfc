import { Readable } from 'node:stream'
import type { Id } from '../observability/id.ts'
import { AppError } from '../platform/errors.ts'
import {
  type Access,
  defineRoute,
  type FileResponse,
  type Route,
  type Session,
} from '../platform/http-route.ts'
import { HOUR } from '../platform/units.ts'
import { bundleParams, logKeys, tileParams } from './contract.ts'
import type { RecordRead } from './record-read.ts'
import { openTileFiles, type TileFiles } from './tile-files.ts'
import { parseTilePath, TILE_WIDTH, type Tile, tilePath } from './tlog/tile.ts'

export type LogRoutesDeps = {
  readonly tlogDirectory: string
  /** Whether checkpoint and hashes are for everybody: how much is marked, and when, can be read from them. */
  readonly isPublic: boolean
  readonly recordRead: RecordRead
  /** The text forms of every key that the log has had, and of its witnesses' keys. */
  readonly readKeys: () => { readonly vkeys: readonly string[]; readonly witnesses: readonly string[] }
}

const READERS = { roles: ['auditor', 'admin'], ownership: 'none' } as const
const TEXT = 'text/plain; charset=utf-8'
const BYTES = 'application/octet-stream'

/** The published log, below `/api/audit/log`, in the layout of C2SP tlog-tiles. Events themselves are never public. */
export function logRoutes({
  tlogDirectory,
  isPublic,
  recordRead,
  readKeys,
}: LogRoutesDeps): readonly Route[] {
  const files = openTileFiles(tlogDirectory)
  const access: Access = isPublic ? 'public' : READERS
  const noteRead = createTileReads(recordRead)
  return [
    defineRoute({
      method: 'GET',
      path: '/api/audit/log/checkpoint',
      summary: 'The last published checkpoint of the log of events, signed and cosigned.',
      access,
      response: { file: TEXT },
      handle: async () => {
        const note = await files.readCheckpoint()
        return note === undefined ? nothingHere() : answer(Buffer.from(note), TEXT)
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/audit/log/keys',
      summary: 'The public keys of the log and of its witnesses, in one line each.',
      access,
      response: logKeys,
      handle: async () => {
        const { vkeys, witnesses } = readKeys()
        return { vkeys: [...vkeys], witnesses: [...witnesses] }
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/audit/log/tile/:level/*',
      summary: 'A tile of hashes of the log of events.',
      access,
      params: tileParams,
      response: { file: BYTES },
      handle: async ({ params }) => {
        const tile = parseTilePath(`tile/${params.level}/${params['*']}`)
        return tile === undefined || tile.level === 'entries' ? nothingHere() : readTile(files, tile)
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/audit/log/tile/entries/*',
      summary: 'A bundle of events of the log, as their bytes were made.',
      access: READERS,
      params: bundleParams,
      response: { file: BYTES },
      handle: async ({ session, params }) => {
        const tile = parseTilePath(`tile/entries/${params['*']}`)
        if (tile === undefined) return nothingHere()
        await noteRead(session)
        return readTile(files, tile)
      },
    }),
  ]
}

async function readTile(files: TileFiles, tile: Tile): Promise<FileResponse> {
  const bytes = await files.readTile(tilePath(tile))
  if (bytes === undefined) return nothingHere()
  // A partial tile may be gone once the full one is there.
  return { ...answer(bytes, BYTES), immutable: tile.width === TILE_WIDTH }
}

function answer(bytes: Buffer, mediaType: string): FileResponse {
  return { content: Readable.from([bytes]), mediaType, sizeBytes: bytes.length }
}

function nothingHere(): never {
  throw new AppError('not-found', { title: 'There is no such file of the log.' })
}

/**
 * Notes reading of bundles, once an hour for each account: who follows the log takes every bundle, and each note is a
 * new entry to take.
 */
function createTileReads(recordRead: RecordRead): (session: Session) => Promise<void> {
  const notedAt = new Map<Id, number>()
  return async (session) => {
    const now = performance.now()
    if (now - (notedAt.get(session.accountId) ?? Number.NEGATIVE_INFINITY) < HOUR) return
    await recordRead(session, { what: 'tiles' })
    notedAt.set(session.accountId, now)
  }
}
