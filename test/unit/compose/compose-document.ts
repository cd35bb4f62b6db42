import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export interface Service {
  image?: string;
  user?: string;
  command?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  init?: boolean;
  restart?: string;
  ports?: string[];
  networks?: string[];
  network_mode?: string;
  privileged?: boolean;
  environment?: Record<string, string>;
  healthcheck?: { test: string[] };
  stop_grace_period?: string;
  mem_limit?: string;
  depends_on?: Record<string, { condition?: string }>;
}

export interface ComposeDocument {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
}

export const ROOT = join(__dirname, '..', '..', '..');

/** A fresh copy of `docker-compose.yml` with its anchors merged; nothing in it is interpolated. */
export function composeDocument(): ComposeDocument {
  return parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }) as ComposeDocument;
}

/** Every `${NAME:?…}`, `${NAME:-…}` and `${NAME}` in the document's strings. */
export function variables(document: ComposeDocument): { name: string; required: boolean }[] {
  const found = JSON.stringify(document).matchAll(/\$\{(?<name>\w+)(?<operator>:?[?-])?/g);
  return [...found].map(({ groups }) => ({ name: groups?.['name'] ?? '', required: groups?.['operator'] === ':?' }));
}
