import sanitizeHtml from 'sanitize-html';
import { defanged, visible, visibleLine } from './visible';

/** What is read of a body; the rest is left out, and said so. */
export const PREVIEW_CHARACTERS = 512 * 1024;
const NESTED = 50;
/** Characters of an address or a name that are shown. */
const SHOWN = 500;
/** More than the marks that one letter may have. */
const REMEMBERED = 16;

/** What gives a text its form; nothing that loads, runs, asks, links, places or hides. */
const TAGS = [
  ...['p', 'div', 'span', 'br', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'pre', 'center', 'address'],
  ...['b', 'strong', 'i', 'em', 'u', 's', 'strike', 'del', 'ins', 'sub', 'sup', 'small', 'big', 'code', 'tt'],
  ...['ul', 'ol', 'li', 'dl', 'dt', 'dd'],
  ...['table', 'caption', 'thead', 'tbody', 'tfoot', 'tr', 'th', 'td'],
];

const SPAN = /^\d{1,2}$/;
const cell = (tagName: string, { colspan = '', rowspan = '' }: sanitizeHtml.Attributes): sanitizeHtml.Tag => ({
  tagName,
  attribs: { ...(SPAN.test(colspan) ? { colspan } : {}), ...(SPAN.test(rowspan) ? { rowspan } : {}) },
});
const mark =
  (kind: string, attribute: string) =>
  (_name: string, { alt, ...attribs }: sanitizeHtml.Attributes): sanitizeHtml.Tag => ({
    tagName: 'span',
    attribs: {
      class: kind,
      'data-to': defanged((attribs[attribute] ?? '').slice(0, SHOWN)),
      ...(alt === undefined || alt === '' ? {} : { 'data-alt': unbracketed(visibleLine(alt.slice(0, SHOWN))) }),
    },
  });

/** Brackets around what we say of a link or an image are ours. */
const unbracketed = (text: string): string => text.replaceAll('[', '(').replaceAll(']', ')');

/** What a character is depends on those before it, and they may stand in another tag, or be written as an entity. */
function visibleInTurn(): (text: string) => string {
  let before = '';
  return (text) => {
    const shown = visible(before + text).slice(visible(before).length);
    before = (before + text).slice(-REMEMBERED);
    return shown;
  };
}

/**
 * HTML of a mail as harmless HTML: text and its form. Links become text with their defanged address in `data-to`, images
 * a mark with theirs; styles, scripts, forms, frames and whatever else is not named are gone. Never throws.
 */
export function safeHtml(html: string): { readonly html: string; readonly cut: boolean } {
  const cut = html.length > PREVIEW_CHARACTERS;
  const clean = sanitizeHtml(html.slice(0, PREVIEW_CHARACTERS), {
    allowedTags: TAGS,
    allowedAttributes: {
      // Ours alone: those of the mail's own spans are taken before.
      span: ['class', 'data-to', 'data-alt'],
      td: ['colspan', 'rowspan'],
      th: ['colspan', 'rowspan'],
    },
    allowedClasses: { span: ['link', 'image'] },
    allowedSchemes: [],
    nestingLimit: NESTED,
    // Their text is no text of the mail's.
    nonTextTags: [
      'script',
      'style',
      'textarea',
      'option',
      'noscript',
      'title',
      'template',
      'svg',
      'math',
      'xmp',
      'iframe',
    ],
    transformTags: {
      span: () => ({ tagName: 'span', attribs: {} }),
      a: mark('link', 'href'),
      area: mark('link', 'href'),
      img: mark('image', 'src'),
      td: cell,
      th: cell,
    },
    textFilter: visibleInTurn(),
    parseStyleAttributes: false,
  });
  return { html: clean, cut };
}
