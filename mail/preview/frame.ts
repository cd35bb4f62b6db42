const STYLE = [
  'body{font:14px/1.5 system-ui,sans-serif;color:#242424;background:#fff;margin:16px;overflow-wrap:anywhere}',
  'pre{white-space:pre-wrap;font:13px/1.5 ui-monospace,monospace;margin:0}',
  'table{border-collapse:collapse;max-width:100%}td,th{vertical-align:top;padding:2px 4px}',
  '.note{background:#fff4ce;border:1px solid #8a6d00;padding:6px 10px;margin:0 0 12px}',
  '.link{text-decoration:underline;color:#0f548c}',
  '.link::after{content:" [" attr(data-to) "]";font:12px ui-monospace,monospace;color:#616161;unicode-bidi:isolate}',
  '.image::after{content:"[image: " attr(data-alt) " " attr(data-to) "]";font-size:12px;color:#616161;unicode-bidi:isolate}',
].join('');

/** What the frame of a preview is allowed: to show text and our own styles, in a sandbox, within our own page. */
export const FRAME_POLICY =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/** A page of its own for a body that is harmless already; `html` where it has some, else its text. */
export function frameOf({ html, text, note }: { html: string | null; text: string; note: string | null }): string {
  const body = html ?? `<pre dir="auto">${escaped(text)}</pre>`;
  const said = note === null ? '' : `<p class="note">${escaped(note)}</p>`;
  return `<!doctype html><html lang="und"><head><meta charset="utf-8"><title>Preview</title><style>${STYLE}</style></head><body>${said}${body}</body></html>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
}
