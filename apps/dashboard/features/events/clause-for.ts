/** @example clauseFor('channel', ['http', 'my hook']) // 'channel:(http,"my hook")' */
export function clauseFor(field: string, values: readonly string[]): string {
  const [only] = values;
  return values.length === 1 && only !== undefined ? `${field}:${quoted(only)}` : `${field}:(${values.map(quoted).join(',')})`;
}

function quoted(value: string): string {
  return /^[^\s()",*\\]+$/.test(value) && !value.includes('..')
    ? value
    : value.endsWith('.*') && /^[\w.]+\*$/.test(value)
      ? value
      : `"${value.replace(/["\\]/g, '\\$&')}"`;
}
