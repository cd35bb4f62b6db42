/** Every payload of a history as JSON, decoded, as one text. */
export function payloads(value: unknown): string {
  if (Array.isArray(value)) return value.map(payloads).join('\n');
  if (typeof value !== 'object' || value === null) return '';
  const { data, metadata, ...rest } = value as { data?: unknown; metadata?: unknown };
  const own =
    typeof data === 'string' && metadata !== undefined ? Buffer.from(data, 'base64').toString('utf8') : payloads(data);
  return [own, payloads(metadata), ...Object.values(rest).map(payloads)].join('\n');
}

/** What no history and no log may hold: addresses, subjects, URLs of the mail that it is about (law 8). */
export function contentIn(found: string): string[] {
  return ['@corp.example', '@evil.example', 'Invoice', 'http://', 'evil.example', 'For the recording'].filter((word) =>
    found.includes(word),
  );
}
