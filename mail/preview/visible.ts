import { codePointOf, HIDDEN_CHARACTERS } from '../../domain/hidden-characters';

/** A text with what is hidden in it shown as its code point, such as `⟦U+202E⟧`: readable, and in the order as sent. */
export function visible(text: string): string {
  return text.replace(HIDDEN_CHARACTERS, (hidden) => `⟦${codePointOf(hidden)}⟧`);
}

/** The same for what is one line: a header, a name. */
export function visibleLine(text: string): string {
  return visible(text.replace(/\s+/g, ' ').trim());
}

/** An address that no program takes for one, and that looks like one only: `hxxp://evil[.]example/path`. */
export function defanged(url: string): string {
  // Browsers leave these out of an address.
  const stripped = url.replace(/[\t\n\r]/g, '').trim();
  const [, scheme = '', rest = stripped] = /^([a-z][a-z0-9+.-]*:)?(.*)$/is.exec(stripped) ?? [];
  // Brackets and spaces in it would seem to end it, with another one after.
  const told = rest.replace(/[[\]\s]/g, encodeURIComponent).replace(/http(?=s?:)/gi, 'hxxp');
  const [, slashes = '', host = '', path = ''] = /^(\/*)([^/?#]*)(.*)$/s.exec(told) ?? [];
  const safe = scheme.replace(/^http/i, 'hxxp').replace(/^(?!hxxp)(.*):$/is, '$1[:]');
  return visibleLine(`${safe}${slashes}${host.replaceAll('.', '[.]')}${path}`);
}
