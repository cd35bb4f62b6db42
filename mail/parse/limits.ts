/** The largest mail that is stored or read as a whole, in bytes (api.md). */
export const MAX_RAW_BYTES = 50 * 1024 * 1024;

/** Named limits of reading a mail (law 9). A mail that breaks one is stored all the same, and marked with its name. */
export const LIMITS = {
  /** Nested `message/rfc822` levels that are opened. */
  nestedMessages: 10,
  /** MIME parts inside parts. */
  mimeDepth: 100,
  /** Bytes of all headers together. */
  headerBytes: 2 * 1024 * 1024,
  /** Characters of one text or HTML body that are searched for URLs. */
  bodyCharacters: 2 * 1024 * 1024,
  attachments: 500,
  urls: 2000,
  urlLength: 2048,
  recipients: 500,
  /** Message-IDs that a mail names in In-Reply-To and References: the first and the latest are kept. */
  references: 50,
  fileNameLength: 255,
  subjectLength: 1000,
  addressLength: 320,
} as const;

export type LimitName = keyof typeof LIMITS;

/** Which limits a mail has broken. */
export class BrokenLimits {
  readonly #names = new Set<LimitName>();

  /** The first items up to the limit; marks the limit where there are more. */
  take<T>(name: LimitName, items: readonly T[]): readonly T[] {
    if (items.length <= LIMITS[name]) return items;
    this.#names.add(name);
    return items.slice(0, LIMITS[name]);
  }

  /** The text up to the limit; marks the limit where it is longer. */
  cut(name: LimitName, text: string): string {
    if (text.length <= LIMITS[name]) return text;
    this.#names.add(name);
    return text.slice(0, LIMITS[name]);
  }

  mark(name: LimitName): void {
    this.#names.add(name);
  }

  names(): readonly LimitName[] {
    return [...this.#names];
  }
}
