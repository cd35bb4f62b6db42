import { join } from 'node:path';

/** How mail lies on disk; it decides the separator of folders and which names they may have. */
export type DovecotLayout = 'maildir++' | 'maildir-fs' | 'sdbox';

export interface DovecotOptions {
  readonly layout: DovecotLayout;
  /** A folder for everything that the server writes; short, since the paths of its sockets are bounded. */
  readonly dir: string;
  readonly port: number;
  /** Any user name signs in with it. */
  readonly password: string;
  /** Signs in as `address*user`. */
  readonly master?: { readonly user: string; readonly password: string };
  /** Where access tokens are asked about; with it, the server offers OAUTHBEARER and XOAUTH2. */
  readonly introspectionUrl?: string;
  /** The prefix of the user's own folders, such as `INBOX.` */
  readonly prefix?: string;
  /** Lets users see folders of others that were shared with them. */
  readonly shared?: boolean;
  readonly plugins?: readonly ('acl' | 'imap_acl' | 'quota' | 'imap_quota' | 'lazy_expunge')[];
  /** Lines of the plugin section, such as `quota_rule = *:storage=1M`. */
  readonly pluginLines?: readonly string[];
  /** Lines added at the end. */
  readonly extra?: readonly string[];
}

export interface MailOwner {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const LOCATIONS: Readonly<Record<DovecotLayout, (root: string) => string>> = {
  'maildir++': (root) => `maildir:${root}`,
  'maildir-fs': (root) => `maildir:${root}:LAYOUT=fs`,
  sdbox: (root) => `sdbox:${root}`,
};

/** The whole configuration of a server for this machine alone. */
export function dovecotConfig(options: DovecotOptions, owner: MailOwner): string {
  const { layout, dir, port, plugins = [], pluginLines = [], extra = [], prefix = '', shared = false } = options;
  const root = join(dir, 'mail', '%u');
  const separator = layout === 'maildir++' ? '.' : '/';
  const ofServer = (names: readonly string[]): string => plugins.filter((plugin) => names.includes(plugin)).join(' ');
  const inImap = ['imap_acl', 'imap_quota'];
  return [
    `base_dir = ${join(dir, 'run')}`,
    `state_dir = ${join(dir, 'run')}`,
    `log_path = ${join(dir, 'log')}`,
    'listen = 127.0.0.1',
    'protocols = imap',
    'ssl = no',
    'disable_plaintext_auth = no',
    `auth_mechanisms = plain login${options.introspectionUrl === undefined ? '' : ' oauthbearer xoauth2'}`,
    'auth_master_user_separator = *',
    'auth_cache_size = 8M',
    `mail_location = ${LOCATIONS[layout](root)}`,
    'mail_fsync = never',
    'first_valid_uid = 1',
    'mail_max_userip_connections = 2000',
    'default_process_limit = 2000',
    'default_client_limit = 4000',
    // An ordinary user can start it only as itself, and without a root directory of its own.
    ...(process.getuid?.() === 0
      ? []
      : [
          ...[`default_internal_user = ${owner.name}`, `default_login_user = ${owner.name}`],
          ...[`default_internal_group = ${String(owner.gid)}`, 'service anvil {', '  chroot =', '}'],
        ]),
    'service imap-login {',
    '  chroot =',
    '  service_count = 0',
    '  inet_listener imap {',
    `    port = ${port}`,
    '  }',
    '  inet_listener imaps {',
    '    port = 0',
    '  }',
    '}',
    // Connections are many and short: a process serves one after another.
    'service imap {',
    '  service_count = 200',
    '}',
    ...passdbs(options),
    'userdb {',
    '  driver = static',
    `  args = uid=${owner.uid} gid=${owner.gid} home=${root}`,
    '}',
    'namespace inbox {',
    '  inbox = yes',
    `  separator = ${separator}`,
    `  prefix = ${prefix}`,
    ...['Junk', 'Trash', 'Sent', 'Drafts', 'Archive'].flatMap((name) => [
      `  mailbox ${name} {`,
      `    special_use = \\${name}`,
      '    auto = create',
      '  }',
    ]),
    '}',
    ...(shared ? sharedNamespace(layout, dir, separator) : []),
    `mail_plugins = ${ofServer(['acl', 'quota', 'lazy_expunge'])}`,
    'protocol imap {',
    `  mail_plugins = $mail_plugins ${ofServer(inImap)}`,
    '}',
    'plugin {',
    ...pluginLines.map((line) => `  ${line}`),
    '}',
    ...extra,
    '',
  ].join('\n');
}

function passdbs({ dir, password, master, introspectionUrl }: DovecotOptions): string[] {
  const passdb = (lines: readonly string[]): string[] => ['passdb {', ...lines.map((line) => `  ${line}`), '}'];
  return [
    ...(master === undefined
      ? []
      : passdb([
          'driver = static',
          `args = password=${master.password}`,
          'master = yes',
          'result_success = continue',
          `username_filter = ${master.user}`,
        ])),
    ...(introspectionUrl === undefined
      ? []
      : passdb(['driver = oauth2', 'mechanisms = oauthbearer xoauth2', `args = ${join(dir, 'oauth2.conf')}`])),
    ...passdb(['driver = static', 'mechanisms = plain login', `args = password=${password}`]),
  ];
}

function sharedNamespace(layout: DovecotLayout, dir: string, separator: string): string[] {
  return [
    'namespace shared {',
    '  type = shared',
    `  separator = ${separator}`,
    `  prefix = shared${separator}%%u${separator}`,
    `  location = ${LOCATIONS[layout](join(dir, 'mail', '%%u'))}`,
    '  subscriptions = no',
    '  list = children',
    '}',
  ];
}

/** What the server asks about an access token, and where. */
export function oauth2Config(introspectionUrl: string): string {
  return [
    `introspection_url = ${introspectionUrl}`,
    'introspection_mode = get',
    'username_attribute = username',
    'active_attribute = active',
    'active_value = true',
    '',
  ].join('\n');
}
