import type { Answer, TestClient } from './client.ts'

export const VERSION = { 'tus-resumable': '1.0.0' }
const BYTES = 'application/offset+octet-stream'

/** The header that describes a file, as tus has it. */
export function describeFile(members: Readonly<Record<string, string>>): string {
  return Object.entries(members)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',')
}

/** Begins an upload in parts. */
export function begin(
  client: TestClient,
  sizeBytes: number,
  members: Readonly<Record<string, string>>,
): Promise<Answer> {
  const headers = {
    ...VERSION,
    'upload-length': String(sizeBytes),
    'upload-metadata': describeFile({ filename: 'scan.pdf', ...members }),
  }
  return client.post('/api/uploads', { headers })
}

/** Begins an upload in parts that is taken; returns its path. */
export async function beginTaken(...request: Parameters<typeof begin>): Promise<string> {
  const answer = await begin(...request)
  if (answer.status !== 201) throw new Error(`not taken: ${answer.status} ${answer.body?.code}`)
  return answer.headers.get('location') ?? ''
}

/** Sends bytes for their place. */
export function sendBytes(
  client: TestClient,
  path: string,
  offset: number,
  body: Uint8Array,
): Promise<Answer> {
  const headers = { ...VERSION, 'content-type': BYTES, 'upload-offset': String(offset) }
  return client.call('PATCH', path, { headers, body })
}

/** Asks where to go on. */
export function ask(client: TestClient, path: string): Promise<Answer> {
  return client.call('HEAD', path, { headers: VERSION })
}
