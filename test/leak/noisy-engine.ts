/** A child of the engine that says on every channel what it was told, and then dies of it. */
process.send?.({ type: 'ready' })
process.on('message', (task: { outputPath: string }) => {
  const said = task.outputPath
  process.stdout.write(`${said}\n`)
  process.stderr.write(`${said}\n`)
  process.emitWarning(said)
  process.send?.({ type: said, value: said })
  process.send?.({ type: 'progress', value: { pageIndex: said, name: said } })
  if (said.includes('speaks')) process.send?.({ type: 'failed', code: said, pageIndex: said, message: said })
  else throw new Error(said)
})
