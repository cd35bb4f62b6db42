import { type Command } from 'commander';

/** The filters of the Explorer (api.md) as options of a command: the name of each is that of the API, in words. */
const FILTERS = {
  from: ['<time>', 'received at this time or later, such as 2026-01-31T00:00:00Z; by default 30 days ago'],
  to: ['<time>', 'received at this time or before'],
  subject: ['<words>', 'words of the subject, all of them'],
  sender: ['<address>', 'who sent it'],
  'sender-domain': ['<domain>', 'the domain of who sent it'],
  recipient: ['<address>', 'a recipient, or the mailbox that it lies in'],
  'network-message-id': ['<id>', 'what all copies of one mail share'],
  'internet-message-id': ['<id>', 'the Message-ID header'],
  sha256: ['<hex>', 'the SHA-256 of a file that it carries'],
  'file-name': ['<name>', 'the name of a file that it carries'],
  url: ['<url>', 'a URL that it carries'],
  'url-domain': ['<domain>', 'the domain of a URL that it carries'],
  'latest-delivery-location': ['<place>', 'where it is now, such as "Junk folder" or "Soft deleted"'],
  'original-delivery-location': ['<place>', 'where it was delivered to'],
  'delivery-action': ['<action>', 'Delivered, or Delivered to junk'],
  'additional-action': ['<action>', 'Automated remediation, Manual remediation, or None'],
  'threat-type': ['<threat>', 'Malware, Phish or Spam'],
  directionality: ['<way>', 'Inbound, Intra-org or Outbound'],
  'cluster-id': ['<id>', 'the messages of a cluster'],
} as const;

/** Adds an option for every filter to a command. */
export function addFilters(command: Command): Command {
  for (const [name, [value, description]] of Object.entries(FILTERS)) command.option(`--${name} ${value}`, description);
  return command;
}

/** The filters that were given, by their names in the API. */
export function filterOf(options: Readonly<Record<string, unknown>>): Record<string, string> {
  const filter: Record<string, string> = {};
  for (const name of Object.keys(FILTERS).map(camelCase)) {
    const value = options[name];
    if (typeof value === 'string') filter[name] = value;
  }
  return filter;
}

function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_match, letter: string) => letter.toUpperCase());
}
