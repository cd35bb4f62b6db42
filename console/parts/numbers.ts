const whole = new Intl.NumberFormat('en-GB');

/** A number with its thousands apart. */
export function count(value: number): string {
  return whole.format(value);
}

/** "1 message", "1,204 messages". */
export function of(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** "1,204 messages in 1 mailbox" (`mailbox` has an ending of its own). */
export function messagesIn(messages: number, mailboxes: number): string {
  return `${of(messages, 'message')} in ${of(mailboxes, 'mailbox', 'mailboxes')}`;
}

/** Bytes as a person says them. */
export function size(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  if (bytes < 1_048_576) return `${(bytes / 1_024).toFixed(1)} KB`;
  return `${(bytes / 1_048_576).toFixed(1)} MB`;
}

/** How many a list has in all, as far as the API counts. */
export function totalText(
  { count: total, isAtLeast }: { readonly count: number; readonly isAtLeast: boolean },
  one: string,
  many?: string,
): string {
  return `${isAtLeast ? 'Over ' : ''}${many === undefined ? of(total, one) : of(total, one, many)}`;
}
