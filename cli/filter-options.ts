import { type Command } from 'commander';

/** The Explorer's filters as options, by their key in the API (api.md): what narrows a selection. */
const FILTERS = {
  from: ['--from <time>', 'received since, ISO 8601; by default 30 days ago'],
  to: ['--to <time>', 'received until, ISO 8601'],
  subject: ['--subject <words>', 'words of the subject'],
  sender: ['--sender <address>', 'the sender'],
  senderDomain: ['--sender-domain <domain>', "the sender's domain"],
  recipient: ['--recipient <address>', 'a recipient'],
  networkMessageId: ['--network-message-id <id>', 'what all copies of one mail share'],
  internetMessageId: ['--internet-message-id <id>', 'the Message-ID header'],
  sha256: ['--sha256 <hex>', 'a file that it carries'],
  fileName: ['--file-name <name>', 'the name of a file that it carries'],
  url: ['--url <url>', 'a URL that it carries'],
  urlDomain: ['--url-domain <domain>', 'the domain of a URL that it carries'],
  latestDeliveryLocation: ['--location <place>', 'where it is now: "Inbox/folder", "Junk folder", "Soft deleted"'],
  originalDeliveryLocation: ['--original-location <place>', 'where it was delivered to'],
  deliveryAction: ['--delivery-action <word>', 'Delivered, or "Delivered to junk"'],
  additionalAction: ['--additional-action <word>', 'what was done to it since, such as "Manual remediation"'],
  threatType: ['--threat <type>', 'Malware, Phish or Spam'],
  directionality: ['--directionality <way>', 'Inbound, Intra-org or Outbound'],
  clusterId: ['--cluster <id>', "an investigation's cluster"],
} as const satisfies Record<string, readonly [flag: string, description: string]>;

type Key = keyof typeof FILTERS;

/** Adds the filters to a command. */
export function addFilters(command: Command): Command {
  for (const [flag, description] of Object.values(FILTERS)) command.option(flag, description);
  return command;
}

/** The filter that was given, by the API's keys; `null` where none was. */
export function filterOf(options: Readonly<Record<string, unknown>>): Readonly<Partial<Record<Key, string>>> | null {
  const given = Object.entries(FILTERS).flatMap(([key, [flag]]) => {
    const value = options[attributeOf(flag)];
    return typeof value === 'string' ? [[key, value] as const] : [];
  });
  return given.length === 0 ? null : Object.fromEntries(given);
}

/** The name under which commander gives an option: `--sender-domain <x>` is `senderDomain`. */
function attributeOf(flag: string): string {
  const [name = ''] = flag.slice(2).split(' ');
  return name.replace(/-(\w)/g, (_dash, letter: string) => letter.toUpperCase());
}
