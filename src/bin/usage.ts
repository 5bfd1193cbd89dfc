import type { CommanderError } from 'commander'

const SENTENCES: Readonly<Record<string, string>> = {
  'commander.unknownCommand': 'There is no such command.',
  'commander.unknownOption': 'There is no such option.',
  'commander.excessArguments': 'There are too many arguments.',
  'commander.missingArgument': 'An argument is missing.',
  'commander.missingMandatoryOptionValue': 'An option is missing',
  'commander.optionMissingArgument': 'An option has no value',
  'commander.invalidArgument': 'A value is not one of those that are possible',
}

/** Codes whose message begins with the option as the program declares it, before anything that a person wrote. */
const NAMES_OPTION: ReadonlySet<string> = new Set([
  'commander.missingMandatoryOptionValue',
  'commander.optionMissingArgument',
  'commander.invalidArgument',
])

/** What is wrong with a command line. Commander's own message quotes it, and it may hold a name or an address. */
export function describeUsage({ code, message }: CommanderError): string {
  const sentence = SENTENCES[code] ?? 'The command line is not as it should be.'
  const option = NAMES_OPTION.has(code) && /^error: (?:required )?option '([^']+)' /.exec(message)?.[1]
  return option ? `${sentence}: ${option}.` : sentence.replace(/\.?$/, '.')
}
