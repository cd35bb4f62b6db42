/**
 * Public services that turn any address into a short one: the same short link stands in honest and in malicious mail, and
 * what it leads to can change. Each is a well-known public service; written from general knowledge.
 */
export const SHORTENERS = [
  'bit.ly', // Bitly
  'bitly.com',
  'j.mp', // Bitly
  'tinyurl.com', // since 2002
  't.co', // X, formerly Twitter: every link in a post
  'goo.gl', // Google, closed to new links
  'g.co', // Google
  'ow.ly', // Hootsuite
  'buff.ly', // Buffer
  'is.gd',
  'v.gd', // is.gd with a preview
  'rebrand.ly',
  'cutt.ly',
  'shorturl.at',
  'rb.gy',
  't.ly',
  'tiny.cc',
  'bl.ink',
  'lnkd.in', // LinkedIn
  'fb.me', // Facebook
  'youtu.be', // YouTube
  'amzn.to', // Amazon
  'a.co', // Amazon
  'aka.ms', // Microsoft
  'msft.it', // Microsoft
  'trib.al', // SocialFlow
  'dlvr.it',
  'soo.gd',
  'clck.ru', // Yandex
  'vk.cc', // VK
  'qr.ae', // Quora
  'wp.me', // WordPress.com
  'db.tt', // Dropbox
  'urlz.fr',
  'u.nu',
  'x.co', // GoDaddy
  'snip.ly',
  'linktr.ee', // Linktree: a page of links
  'forms.gle', // Google Forms
  'maps.app.goo.gl',
] as const;
