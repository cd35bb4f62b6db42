import { LinkifyIt } from 'linkify-it';
import { parse as parseHost } from 'tldts';

const linkify = new LinkifyIt({ fuzzyEmail: false, fuzzyIP: false, fuzzyLink: true });

/** Text is searched in pieces of this many characters, cut at white space: the search never goes quadratic. */
const PIECE = 4096;

/** Addresses that a reader of this text would be offered to click, as they stand there. */
export function urlsInText(text: string): string[] {
  return pieces(text).flatMap((piece) =>
    (linkify.match(piece) ?? []).flatMap(({ schema, url }) => (isWeb(schema, url) ? [url] : [])),
  );
}

/** An address without a scheme counts only where its suffix is a real one: `report.txt` is a file name. */
function isWeb(schema: string, url: string): boolean {
  if (schema === 'mailto:') return false;
  return schema !== '' || parseHost(url).isIcann === true;
}

function pieces(text: string): string[] {
  const found: string[] = [];
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + PIECE, text.length);
    if (end < text.length) {
      const space = lastSpace(text, start, end);
      if (space > start) end = space;
    }
    found.push(text.slice(start, end));
    start = end;
  }
  return found;
}

function lastSpace(text: string, start: number, end: number): number {
  for (let at = end; at > start; at--) if (/\s/.test(text[at] ?? '')) return at;
  return -1;
}
