import { checkBundle } from './check-bundle.js'
import { parseVkey } from './formats.js'
import { SENTENCES } from './sentences.js'

/** Shows the form, verifies whatever is put into it, and shows what came of it in either language. */
function start() {
  const byId = (id) => document.getElementById(id)
  let language = navigator.language.startsWith('fr') ? 'fr' : 'en'
  let files = new Map()
  /** What is shown below the form: a word of `texts`, with its facts, and the report once there is one. */
  let shown = { text: '', facts: {}, report: undefined }
  let run = 0

  const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => String(facts[name] ?? ''))
  const say = (name, facts = {}) => fill(SENTENCES[language].texts[name] ?? '', facts)
  const element = (tag, text, className = '') =>
    Object.assign(document.createElement(tag), { textContent: text, className })
  const listItems = (remarks) =>
    remarks.map((remark) =>
      element('li', fill(SENTENCES[language].findings[remark.code] ?? remark.code, remark)),
    )

  function show() {
    document.documentElement.lang = language
    byId('language').lang = language === 'fr' ? 'en' : 'fr'
    document.title = `Paraph: ${say('title')}`
    for (const place of document.querySelectorAll('[data-text]')) place.textContent = say(place.dataset.text)
    const { text, facts, report } = shown
    byId('verdict').textContent = text && say(text, facts)
    byId('verdict').className = text
    byId('result').hidden = report === undefined
    if (report) showReport(report)
  }

  function showReport(report) {
    byId('problems').replaceChildren(...listItems(report.problems))
    byId('remarks').replaceChildren(...listItems(report.remarks))
    const cosigned = report.cosignatures.map(({ witness, at }) => `${witness}, ${at.toISOString()}`)
    const facts = [
      ['origin', report.origin],
      ['size', String(report.size)],
      ['root', report.root],
      ['signedBy', report.signedBy.join(', ') || say('nobody')],
      ['cosignedBy', cosigned.join('; ') || say('nobody')],
    ]
    byId('facts').replaceChildren(
      ...facts.flatMap(([name, value]) => [element('dt', say(name)), element('dd', value)]),
    )
    const [count, rows] = [report.eventCount, report.events.length]
    byId('caption').textContent = say(rows < count ? 'eventsCut' : 'events', { count, shown: rows })
    const columns = ['index', 'time', 'action', 'stream', 'seq', 'actor', 'details']
    byId('columns').replaceChildren(
      ...columns.map((name) => Object.assign(element('th', say(name)), { scope: 'col' })),
    )
    byId('events').replaceChildren(...report.events.map(rowOf))
  }

  function rowOf({ index, entry, opened }) {
    const { time = '', action = 'QUARANTINE', stream, seq, actor, metadata } = entry
    const nameOf = (thing) => (thing ? [thing.kind, thing.ref].filter(Boolean).join(' ') : '')
    const details = JSON.stringify({ ...(metadata ?? {}), ...opened })
    const row = document.createElement('tr')
    row.append(
      ...[index, time.slice(0, 19).replace('T', ' '), action].map((text) => element('td', text)),
      element('td', nameOf(stream), 'bytes'),
      element('td', seq ?? ''),
      element('td', nameOf(actor), 'bytes'),
      element('td', details === '{}' ? '' : details, 'bytes'),
    )
    return row
  }

  async function verify() {
    if (files.size === 0) return
    run += 1
    const mine = run
    const tell = (text, facts, report) => {
      // Whoever chose other files meanwhile is told of those.
      if (mine !== run) return
      shown = { text, facts, report }
      show()
    }
    tell('working', { count: 0 })
    if (globalThis.crypto?.subtle === undefined) return tell('no-crypto')
    const trustedVkey = byId('vkey').value.trim()
    const onProgress = (count) => tell('working', { count })
    if (trustedVkey && !(await isVkey(trustedVkey))) return tell('vkeyMalformed')
    try {
      const report = await checkBundle(files, { ...(trustedVkey && { trustedVkey }), onProgress })
      tell(report.verdict, {}, report)
    } catch {
      tell('failed')
    }
    if (mine === run) byId('verdict').focus()
  }

  /** What the reader typed is no fault of the extract. */
  const isVkey = (text) =>
    parseVkey(text).then(
      () => true,
      () => false,
    )

  function take(list) {
    files = new Map([...list].map((file) => [file.name, file]))
    return verify()
  }

  /** Every file in what was dropped, folders included. */
  async function filesIn(entries) {
    const found = []
    for (const entry of entries) {
      if (entry.isFile) {
        found.push(await new Promise((resolve, reject) => entry.file(resolve, reject)))
      } else {
        const reader = entry.createReader()
        const more = () => new Promise((resolve, reject) => reader.readEntries(resolve, reject))
        // A folder is read a hundred entries at a time, until there are none.
        for (let some = await more(); some.length > 0; some = await more())
          found.push(...(await filesIn(some)))
      }
    }
    return found
  }

  byId('language').addEventListener('click', () => {
    language = language === 'fr' ? 'en' : 'fr'
    show()
  })
  for (const id of ['folder', 'files'])
    byId(id).addEventListener('change', ({ target }) => take(target.files))
  byId('vkey').addEventListener('change', verify)
  byId('form').addEventListener('submit', (event) => event.preventDefault())
  const drop = byId('drop')
  for (const type of ['dragover', 'dragleave', 'drop']) {
    drop.addEventListener(type, (event) => {
      event.preventDefault()
      drop.classList.toggle('over', type === 'dragover')
    })
  }
  drop.addEventListener('drop', async ({ dataTransfer }) => {
    await take(await filesIn([...dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean)))
  })
  show()
}

if (globalThis.document) start()
