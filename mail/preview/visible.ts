/**
 * Characters that nobody sees and that change what is read: controls but for tab and line breaks, formats (bidi, zero
 * width, soft hyphen, tags), separators that break lines, fillers and joiners that look like nothing.
 */
const HIDDEN =
  /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0]|\p{Cs}/gu;

/** A text with what is hidden in it shown as its code point, such as `⟦U+202E⟧`: readable, and in the order as sent. */
export function visible(text: string): string {
  return text.replace(HIDDEN, (hidden) => {
    const code = (hidden.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `⟦U+${code}⟧`;
  });
}

/** The same for what is one line: a header, a name. */
export function visibleLine(text: string): string {
  return visible(text.replace(/\s+/g, ' ').trim());
}

/** An address that no program takes for one: `hxxp://evil[.]example/path`. */
export function defanged(url: string): string {
  // Browsers leave these out of an address.
  const stripped = url.replace(/[\t\n\r]/g, '');
  const [, scheme = '', rest = stripped] = /^\s*([a-z][a-z0-9+.-]*:)?(.*)$/is.exec(stripped) ?? [];
  const [, slashes = '', host = '', path = ''] = /^(\/*)([^/?#]*)(.*)$/s.exec(rest) ?? [];
  const safe = scheme.replace(/^http/i, 'hxxp').replace(/^(?!hxxp)(.*):$/is, '$1[:]');
  return visibleLine(`${safe}${slashes}${host.replaceAll('.', '[.]')}${path}`);
}
