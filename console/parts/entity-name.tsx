import { MailText } from './mail-text';

const HASH = /^[0-9a-f]{64}$/;
const SHOWN = 12;

/** A file's hash by its first characters, as it is told apart at a glance; any other name as it is. */
export function shortEntity(entity: string): string {
  return HASH.test(entity) ? `${entity.slice(0, SHOWN)}…` : entity;
}

/** What a cluster is about on one line: all of it is in the title. */
export function EntityName({ entity }: { readonly entity: string }) {
  return HASH.test(entity) ? <span title={entity}>{shortEntity(entity)}</span> : <MailText none="–">{entity}</MailText>;
}
