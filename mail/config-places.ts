import { type ImapConfig } from './config';

/** Says where the configuration names a mailbox of its own, by its place among them: file, line and key, never the address. */
export type PlaceOf = (at: number) => string;

/** Beside the configuration and not in it: which line names a mailbox changes nothing for it. */
const places = new WeakMap<ImapConfig, PlaceOf>();

export function rememberPlaces(config: ImapConfig, placeOf: PlaceOf): void {
  places.set(config, placeOf);
}

/** Where a mailbox is named, also in a configuration that was read from no file. */
export function placeIn(config: ImapConfig, address: string): string {
  const at = config.mailboxes.indexOf(address);
  return places.get(config)?.(at) ?? `provider ${config.name}: mailboxes.${at}`;
}
