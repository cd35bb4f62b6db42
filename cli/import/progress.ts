import { printable } from '../printable';

/** What a progress bar needs of a stream. */
export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface Progress {
  /** One mail more is done, of that many bytes. */
  mailDone(bytes: number): void;
  /** A line above the bar. */
  line(text: string): void;
  end(): void;
}

const EVERY_MS = 100;
const WIDTH = 24;
const CLEAR = '\r\u001b[K';

/** A bar with percent, count and rate on a terminal; on anything else lines alone. */
export function createProgress(screen: Screen, totalBytes: number, clock: () => number): Progress {
  const shows = screen.isTTY === true;
  const start = clock();
  let mails = 0;
  let bytes = 0;
  let drawnAt = -Infinity;
  const clear = (): void => {
    if (shows) screen.write(CLEAR);
  };
  return {
    mailDone(size) {
      mails++;
      bytes += size;
      const now = clock();
      if (!shows || now - drawnAt < EVERY_MS) return;
      drawnAt = now;
      screen.write(`${CLEAR}${barLine({ mails, share: bytes / Math.max(1, totalBytes), ms: now - start })}`);
    },
    line(text) {
      clear();
      screen.write(`${printable(text)}\n`);
    },
    end: clear,
  };
}

/** `[####----] 50% · 1200 mails · 300/s` */
export function barLine({ mails, share, ms }: { mails: number; share: number; ms: number }): string {
  const part = Math.min(1, share);
  const full = Math.floor(part * WIDTH);
  const bar = `${'#'.repeat(full)}${'-'.repeat(WIDTH - full)}`;
  return `[${bar}] ${Math.floor(part * 100)}% · ${mails} mails · ${Math.round(mails / Math.max(0.001, ms / 1000))}/s`;
}
