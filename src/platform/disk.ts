import { statfs } from 'node:fs/promises'
import { type Collector, startCollector } from '../observability/collector.ts'
import { defineGauge } from '../observability/metrics.ts'
import { AppError } from './errors.ts'

const FOLDERS = ['data', 'logs'] as const
type Folder = (typeof FOLDERS)[number]

const freeBytes = defineGauge({
  name: 'disk_free_bytes',
  help: 'Room on the disk of a folder, for accounts other than root.',
  exposedBy: 'both',
  labels: { folder: FOLDERS },
})

/** Room on the disk of a folder, in bytes. Throws the system's error when the folder is not there. */
export async function readFreeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path)
  return bavail * bsize
}

/** Throws `storage-full` unless the disk of a folder has so many bytes free; it says how many there are and are needed. */
export async function assertRoom(path: string, neededBytes: number): Promise<void> {
  const freeBytes = await readFreeBytes(path)
  if (freeBytes >= neededBytes) return
  throw new AppError('storage-full', {
    title: 'There is too little room on the disk; nothing was stored.',
    problem: { neededBytes, freeBytes },
  })
}

/** Shows the room on the disks of these folders; a folder that cannot be read does not hide the other. */
export function watchDisks(paths: Readonly<Partial<Record<Folder, string>>>): Collector {
  const places = FOLDERS.flatMap((folder) => (paths[folder] ? [{ folder, path: paths[folder] }] : []))
  return startCollector({
    name: 'disk',
    gauges: [freeBytes],
    read: async () => {
      const rooms = await Promise.allSettled(places.map(({ path }) => readFreeBytes(path)))
      const readings = places.flatMap(({ folder }, index) => {
        const room = rooms[index]
        return room?.status === 'fulfilled' ? [freeBytes.at({ folder }, room.value)] : []
      })
      if (readings.length === 0) throw new Error('no folder can be read')
      return readings
    },
  })
}
