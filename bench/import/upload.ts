import { request } from 'node:http'
import type { Installation } from './installation.ts'

const BOUNDARY = 'the-edge-of-the-file'
const HEAD = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="scan.pdf"\r\nContent-Type: application/pdf\r\n\r\n`
const TAIL = `\r\n--${BOUNDARY}--\r\n`

export type Uploaded = {
  readonly batchId: string
  /** From the moment when the last byte was handed to the system to the end of the answer. */
  readonly answerMs: number
}

/** Uploads a scan in one request, and times what comes after its last byte. */
export function upload({ url, staff }: Installation, scan: Uint8Array, query: string): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    const headers = {
      cookie: staff.admin.cookie,
      origin: url,
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      'content-length': HEAD.length + scan.length + TAIL.length,
    }
    let sentAt = 0
    const sending = request(
      `${url}/api/exams/${staff.examId}/batches?${query}`,
      { method: 'POST', headers },
      (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('error', reject)
        answer.on('end', () => {
          const answerMs = performance.now() - sentAt
          const { id } = JSON.parse(Buffer.concat(parts).toString('utf8')) as { id?: string }
          if (answer.statusCode !== 201 || id === undefined)
            reject(new Error(`refused: ${answer.statusCode}`))
          else resolve({ batchId: id, answerMs })
        })
      },
    )
    sending.on('error', reject)
    sending.on('finish', () => {
      sentAt = performance.now()
    })
    sending.write(HEAD)
    sending.write(scan)
    sending.end(TAIL)
  })
}
