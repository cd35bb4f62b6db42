/** A mail out of an mbox; without bytes where it is larger than allowed. */
export interface SplitMail {
  readonly raw: Buffer | null;
}

/** A line without an end is looked at in pieces of this size, so that it cannot fill the memory. */
const LONG_LINE = 64 * 1024;
const NEWLINE = 0x0a;
const QUOTE = 0x3e;
const EMPTY = Buffer.alloc(0);

/** Whether a file that starts like this is an mbox. */
export function startsLikeMbox(start: Buffer): boolean {
  return start.subarray(0, 5).toString('latin1') === 'From ';
}

/**
 * The mails of an mbox (mboxrd), one after the other and never more than one in memory: each line `From ` starts a mail,
 * `>From ` loses a `>`, the empty line before the next mail belongs to the mbox. Larger mails than `maxBytes` come
 * without their bytes.
 */
export async function* splitMbox(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<SplitMail> {
  let mail = null as GrowingMail | null;
  for await (const { bytes, lineStart } of wholeLines(chunks)) {
    let from = 0;
    for (const { at, next, separates } of fromLines(bytes, lineStart)) {
      mail?.add(bytes.subarray(from, at));
      from = next;
      if (!separates) continue;
      if (mail !== null) yield mail.end();
      mail = new GrowingMail(maxBytes);
    }
    mail?.add(bytes.subarray(from));
  }
  if (mail !== null) yield mail.end();
}

interface Block {
  readonly bytes: Buffer;
  /** Whether the block starts where a line does. */
  readonly lineStart: boolean;
}

/** The same bytes cut where lines end, so that no `From ` is torn apart. */
async function* wholeLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Block> {
  let carry: Buffer = EMPTY;
  let lineStart = true;
  for await (const chunk of chunks) {
    const bytes: Buffer = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
    const lineEnd = bytes.lastIndexOf(NEWLINE) + 1;
    const cut = lineEnd === 0 && bytes.length >= LONG_LINE ? bytes.length : lineEnd;
    if (cut > 0) {
      yield { bytes: bytes.subarray(0, cut), lineStart };
      lineStart = lineEnd > 0;
    }
    carry = bytes.subarray(cut);
  }
  if (carry.length > 0) yield { bytes: carry, lineStart };
}

interface FromLine {
  /** Where the line starts. */
  readonly at: number;
  /** Where the mail goes on: after the line, or after the one `>` that goes. */
  readonly next: number;
  readonly separates: boolean;
}

/** The lines `From `, `>From `, `>>From `, … of a block. */
function* fromLines(bytes: Buffer, lineStart: boolean): Generator<FromLine> {
  for (let found = bytes.indexOf('From '); found >= 0; found = bytes.indexOf('From ', found + 1)) {
    let at = found;
    while (at > 0 && bytes[at - 1] === QUOTE) at--;
    if (at === 0 ? !lineStart : bytes[at - 1] !== NEWLINE) continue;
    const separates = at === found;
    const lineEnd = bytes.indexOf(NEWLINE, found);
    yield { at, next: separates ? (lineEnd < 0 ? bytes.length : lineEnd + 1) : at + 1, separates };
  }
}

/** Gathers a mail's bytes, and lets go of them once they are too many. */
class GrowingMail {
  readonly #maxBytes: number;
  #pieces: Buffer[] = [];
  #size = 0;
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(piece: Buffer): void {
    this.#size += piece.length;
    if (this.#isTooLarge()) this.#pieces = [];
    else if (piece.length > 0) this.#pieces.push(piece);
  }

  end(): SplitMail {
    if (this.#isTooLarge()) return { raw: null };
    const raw = withoutLastEmptyLine(Buffer.concat(this.#pieces));
    return { raw: raw.length > this.#maxBytes ? null : raw };
  }

  /** The empty line at the end, of two bytes at most, is not the mail's. */
  #isTooLarge(): boolean {
    return this.#size > this.#maxBytes + 2;
  }
}

function withoutLastEmptyLine(raw: Buffer): Buffer {
  for (const line of ['\r\n', '\n']) {
    const start = raw.length - line.length;
    const isLast = raw.subarray(Math.max(0, start)).toString('latin1') === line;
    if (isLast && (start === 0 || raw[start - 1] === NEWLINE)) return raw.subarray(0, start);
  }
  return raw;
}
