/** A message that did not come, as it is typed; nothing where it is left out. */
export type Question = Readonly<Record<'channel' | 'account' | 'from' | 'group' | 'thread' | 'roles' | 'text' | 'at', string>>;

/** The same question to the command line. */
export function commandOf({ channel, account, from, group, thread, roles, text, at }: Question): string {
  const options: readonly (readonly [string, string])[] = [
    ['--channel', channel],
    ['--account', account === 'default' ? '' : account],
    ['--from', from],
    ['--group', group],
    ['--thread', thread],
    ...roles.split(',').map((role) => ['--role', role.trim()] as const),
    ['--text', text],
    ['--at', at],
  ];
  const given = options.filter(([, value]) => value !== '').map(([name, value]) => `${name} ${quoted(value)}`);
  return `openclaw route explain ${given.join(' ')}`;
}

const quoted = (value: string) => (/^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`);
