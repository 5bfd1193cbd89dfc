/** Tells a person how far the demonstration is: one line that changes on a terminal, plain lines elsewhere. */
export type Progress = {
  step(text: string): void
  /** A step that counts; on a terminal its line changes in place, elsewhere only its end is written. */
  count(text: string, done: number, total: number): void
  /** Writes lines as they are. */
  print(text: string): void
}

/** Progress goes to `stream` (standard error), so that standard output holds results only. */
export function createProgress(stream: NodeJS.WriteStream): Progress {
  let hasOpenLine = false
  let last = ''
  function write(text: string, isOver: boolean): void {
    if (text === last) return
    last = text
    if (stream.isTTY) stream.write(`\r\u001b[2K${text}`)
    else if (isOver) stream.write(text)
    hasOpenLine = stream.isTTY && !isOver
    if (isOver) stream.write('\n')
  }
  return {
    step: (text) => {
      if (hasOpenLine) stream.write('\n')
      write(`• ${text}`, true)
    },
    count: (text, done, total) => write(`• ${text} ${done}/${total}`, done === total),
    print: (text) => {
      if (hasOpenLine) stream.write('\n')
      hasOpenLine = false
      stream.write(`${text}\n`)
    },
  }
}
