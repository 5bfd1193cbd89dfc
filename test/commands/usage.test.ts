import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCommand } from '../support/command.ts'

const MARKER = 'zzq7-a-pupil'
const NOWHERE = join(tmpdir(), 'paraph-usage')

describe('a wrong command line', () => {
  it.each([
    ['a command that is none', [MARKER], 'There is no such command.'],
    ['an option that is none', ['start', `--${MARKER}`], 'There is no such option.'],
    ['arguments that are too many', ['start', MARKER], 'There are too many arguments.'],
    ['an argument that is missing', ['trace'], 'An argument is missing.'],
    [
      'an option that is missing',
      ['user', 'add', '--name', MARKER],
      'An option is missing: --email <address>.',
    ],
    ['an option without its value', ['user', 'add', '--email'], 'An option has no value: --email <address>.'],
    [
      'a value that is not possible',
      ['user', 'add', '--role', MARKER],
      'A value is not one of those that are possible: --role <role>.',
    ],
  ])('%s: it says so, repeats nothing, and ends with 2', async (_, command, sentence) => {
    const { code, stdout, stderr } = await runCommand(NOWHERE, ...command)
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: `paraph: ${sentence} See "paraph --help".\n`,
    })
  })
})
