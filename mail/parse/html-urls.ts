import { Parser } from 'htmlparser2';
import { urlsInText } from './text-urls';

/** Attributes that name an address to load or to go to. Namespace declarations are none of them. */
const ADDRESSES = new Set([
  'href',
  'src',
  'action',
  'formaction',
  'background',
  'poster',
  'data',
  'cite',
  'longdesc',
  'lowsrc',
  'dynsrc',
  'codebase',
  'xlink:href',
]);

const STYLE_URL = /url\(\s*(['"]?)([^'")]{1,4096})\1\s*\)/gi;
const REFRESH_URL = /;\s*url\s*=\s*['"]?([^'"]{1,4096})/i;

/** Every address in the attributes and the visible text of an HTML body; declarations and scripts are not read. */
export function urlsInHtml(html: string): string[] {
  return readHtml(html).urls;
}

/** The addresses of an HTML body, and its text as a reader sees it: a line for each block. */
export function readHtml(html: string): { readonly urls: string[]; readonly text: string } {
  const found: string[] = [];
  let text = '';
  let base: string | null = null;
  let hidden = 0;
  const add = (value: string): void => {
    found.push(resolve(value.replace(/[\t\r\n]/g, '').trim(), base));
  };
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (name === 'script' || name === 'style') hidden++;
        if (name === 'base' && base === null && URL.canParse(attributes['href'] ?? ''))
          base = attributes['href'] ?? null;
        for (const [attribute, value] of Object.entries(attributes)) {
          if (ADDRESSES.has(attribute)) add(value);
          if (attribute === 'srcset') for (const part of value.split(',')) add(part.trim().split(/\s/)[0] ?? '');
          if (attribute === 'style') for (const match of value.matchAll(STYLE_URL)) add(match[2] ?? '');
        }
        if (name === 'meta' && attributes['http-equiv']?.toLowerCase() === 'refresh') {
          add(REFRESH_URL.exec(attributes['content'] ?? '')?.[1] ?? '');
        }
        if (isBlock(name)) text += '\n';
      },
      onclosetag(name) {
        if (name === 'script' || name === 'style') hidden--;
        if (isBlock(name)) text += '\n';
      },
      ontext(data) {
        if (hidden === 0) text += data;
      },
    },
    { decodeEntities: true },
  );
  parser.end(html);
  return { urls: [...found.filter((url) => url !== ''), ...urlsInText(text)], text };
}

const INLINE = new Set(['a', 'b', 'i', 'u', 'em', 'strong', 'span', 'font', 'wbr', 'small', 'big', 'tt', 'code']);

function isBlock(name: string): boolean {
  return !INLINE.has(name);
}

function resolve(value: string, base: string | null): string {
  if (value.startsWith('//')) return `https:${value}`;
  if (base === null || URL.canParse(value) || !URL.canParse(value, base)) return value;
  return new URL(value, base).href;
}
