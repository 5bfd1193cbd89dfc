import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/platform/config.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const read = (name: string) => readFileSync(join(ROOT, 'ops', name), 'utf8')
const isThere = (program: string, flag: string) => spawnSync(program, [flag]).status === 0
const hasSystemd = isThere('systemd-analyze', '--version')
const hasNginx = isThere('nginx', '-v') && isThere('openssl', 'version')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'paraph-ops-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(
  program: string,
  words: readonly string[],
): { readonly said: string; readonly status: number | null } {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8' })
  return { said: `${stdout}${stderr}`, status }
}

describe('the example units of systemd', () => {
  const services = ['paraph-api.service', 'paraph-worker.service', 'paraph-verify.service'] as const
  const units = [...services, 'paraph-verify.timer'] as const

  /** As it would be on this machine, where the program lies elsewhere. */
  function install(unit: string): string {
    const path = join(folder, unit)
    writeFileSync(path, read(`systemd/${unit}`).replaceAll('/opt/paraph/', `${ROOT}/`))
    return path
  }

  it.skipIf(!hasSystemd).each(units)('pass `systemd-analyze verify`: %s', (unit) => {
    // A timer is judged together with the service that it starts.
    if (unit === 'paraph-verify.timer') install('paraph-verify.service')
    const { said, status } = run('systemd-analyze', ['verify', install(unit)])
    // It also judges the units of the machine that they depend on.
    const ours = said.split('\n').filter((line) => line.includes('paraph'))
    expect({ ours, status }).toEqual({ ours: [], status: 0 })
  })

  it.skipIf(!hasSystemd).each(services)('leave little to whoever takes the process over: %s', (unit) => {
    const { status } = run('systemd-analyze', ['security', '--offline=true', '--threshold=20', install(unit)])
    expect(status).toBe(0)
  })

  it('have settings that are accepted, and give the login of the audit log to the worker alone', () => {
    const settingsOf = (name: string) =>
      Object.fromEntries(
        [...read(`systemd/${name}`).matchAll(/^(\w+)=(.+)$/gm)].map(([, key, value]) => [key, value]),
      )
    const api = loadConfig({}, settingsOf('paraph.env'))
    expect([api.dataDirectory, api.integratorUrl]).toEqual(['/var/lib/paraph', undefined])
    expect(loadConfig({}, settingsOf('worker.env')).integratorUrl).toMatch(/^postgres:/)
    const filesOf = (unit: string) => [...read(`systemd/${unit}`).matchAll(/^EnvironmentFile=(.+)$/gm)].length
    expect(services.map(filesOf)).toEqual([1, 2, 1])
  })
})

describe('the example of a reverse proxy', () => {
  it('writes neither client addresses nor addresses of pages, query strings or user agents', () => {
    const format = /log_format [^;]+;/.exec(read('nginx/paraph.conf'))?.[0] ?? ''
    const written = [...format.matchAll(/\$(\w+)/g)].map(([, name]) => name)
    expect(written).toEqual([
      ...['time_iso8601', 'sent_http_x_request_id', 'paraph_method', 'status'],
      ...['body_bytes_sent', 'request_time', 'upstream_response_time'],
    ])
  })

  it.skipIf(!hasNginx)('passes `nginx -t`, of Debian’s package `nginx`', () => {
    const [certificate, key] = [join(folder, 'paraph.pem'), join(folder, 'paraph.key')]
    const request = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '1',
      '-subj',
      '/CN=paraph.example.org',
    ]
    execFileSync('openssl', [...request, '-keyout', key, '-out', certificate], { stdio: 'ignore' })
    const site = read('nginx/paraph.conf')
      .replace('/etc/ssl/certs/paraph.pem', certificate)
      .replace('/etc/ssl/private/paraph.key', key)
      .replaceAll('/var/log/nginx/', `${folder}/`)
      // Ports below 1024 are not everybody's.
      .replaceAll(
        /listen (\[::\]:)?(80|443)\b/g,
        (_, host = '', port) => `listen ${host}${18_000 + Number(port)}`,
      )
    writeFileSync(join(folder, 'site.conf'), site)
    const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${join(folder, kind)};`,
    )
    const http = `http { ${places.join(' ')} include site.conf; }`
    writeFileSync(join(folder, 'nginx.conf'), `pid ${folder}/pid; events {} ${http}`)
    const words = [
      '-t',
      '-q',
      '-p',
      folder,
      '-c',
      join(folder, 'nginx.conf'),
      '-e',
      join(folder, 'error.log'),
    ]
    expect(run('nginx', words)).toEqual({ said: '', status: 0 })
  })
})
