import { join } from 'node:path';

/** How mail lies on disk; it decides the separator of folders and which names they may have. */
export type DovecotLayout = 'maildir++' | 'maildir-fs' | 'sdbox';

export interface DovecotOptions {
  readonly layout: DovecotLayout;
  /** A folder for everything that the server writes. Where root starts it, others must be able to enter it. */
  readonly dir: string;
  /** By default a free one: to start again on the same mail, give the port that it had. */
  readonly port?: number;
  /** Any user name signs in with it. */
  readonly password: string;
  /** Signs in as `address*user`. */
  readonly master?: { readonly user: string; readonly password: string };
  /** Where access tokens are asked about; with it, the server offers OAUTHBEARER and XOAUTH2. */
  readonly introspectionUrl?: string;
  /** How it is asked: the token at the end of the URL (the default), in a header, or in a form. */
  readonly introspectionMode?: 'get' | 'auth' | 'post';
  /** The prefix of the user's own folders, such as `INBOX.` */
  readonly prefix?: string;
  /**
   * Lets users see folders of others that were shared with them, below `shared/ann@corp.example`; where `.` separates
   * folders below `shared.ann`, for users of one domain. Needs the plugins `acl` and `imap_acl`.
   */
  readonly shared?: boolean;
  /** The prefix of a further namespace for the user's own folders, with mail apart, that no list shows. */
  readonly hiddenNamespace?: string;
  /** How hard it tries to have mail on disk; by default `never`, since its mail is only for a while. */
  readonly fsync?: 'never' | 'optimized' | 'always';
  readonly plugins?: readonly ('acl' | 'imap_acl' | 'quota' | 'imap_quota' | 'imap_sieve' | 'lazy_expunge')[];
  /** Lines of the plugin section, such as `quota_rule = *:storage=1M`. */
  readonly pluginLines?: readonly string[];
  /** Lines added at the end. */
  readonly extra?: readonly string[];
}

export interface MailOwner {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** The name of the group; Dovecot takes no number for it. */
  readonly group: string;
}

/** What is decided only when the server is started. */
export interface DovecotRun {
  readonly port: number;
  readonly owner: MailOwner;
  /** Where its sockets are. */
  readonly baseDir: string;
  /** Part of what it greets with, by which it is known from any other server on the port. */
  readonly token: string;
}

const LOCATIONS: Readonly<Record<DovecotLayout, (root: string) => string>> = {
  'maildir++': (root) => `maildir:${root}`,
  'maildir-fs': (root) => `maildir:${root}:LAYOUT=fs`,
  sdbox: (root) => `sdbox:${root}`,
};

/** The whole configuration of a server for this machine alone. */
export function dovecotConfig(options: DovecotOptions, { port, owner, baseDir, token }: DovecotRun): string {
  const { layout, dir, plugins = [], pluginLines = [], extra = [], prefix = '', shared = false } = options;
  const root = join(dir, 'mail', '%u');
  const separator = layout === 'maildir++' ? '.' : '/';
  const ofServer = (names: readonly string[]): string => plugins.filter((plugin) => names.includes(plugin)).join(' ');
  const inImap = ['imap_acl', 'imap_quota', 'imap_sieve'];
  return [
    `base_dir = ${baseDir}`,
    `state_dir = ${baseDir}`,
    `log_path = ${join(dir, 'log')}`,
    'listen = 127.0.0.1',
    'protocols = imap',
    'ssl = no',
    'disable_plaintext_auth = no',
    `auth_mechanisms = plain login${options.introspectionUrl === undefined ? '' : ' oauthbearer xoauth2'}`,
    'auth_master_user_separator = *',
    'auth_cache_size = 8M',
    `mail_location = ${LOCATIONS[layout](root)}`,
    `mail_fsync = ${options.fsync ?? 'never'}`,
    'first_valid_uid = 1',
    'mail_max_userip_connections = 2000',
    'default_process_limit = 2000',
    // What authentication may be asked at once: every process of the services that are limited here, and a few more.
    'default_client_limit = 8000',
    // An ordinary user can start it only as itself, and without a root directory of its own.
    ...(process.getuid?.() === 0
      ? []
      : [
          ...[`default_internal_user = ${owner.name}`, `default_login_user = ${owner.name}`],
          ...[`default_internal_group = ${owner.group}`, 'service anvil {', '  chroot =', '}'],
          ...['service stats {', '  chroot =', '}'],
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
    '  process_limit = 2000',
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
    ...(options.hiddenNamespace === undefined
      ? []
      : hiddenNamespace(options.hiddenNamespace, LOCATIONS[layout](join(dir, 'mail', '%u-hidden')), separator)),
    `mail_plugins = ${ofServer(['acl', 'quota', 'lazy_expunge'])}`,
    'protocol imap {',
    `  mail_plugins = $mail_plugins ${ofServer(inImap)}`,
    '}',
    'plugin {',
    ...(shared ? [`  acl_shared_dict = file:${join(dir, 'mail', 'shared-folders')}`] : []),
    ...pluginLines.map((line) => `  ${line}`),
    '}',
    ...extra,
    `login_greeting = Dovecot ${token} ready.`,
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
  // The dots of a domain would be levels of folders.
  const user = separator === '.' ? '%%n' : '%%u';
  return [
    'namespace shared {',
    '  type = shared',
    `  separator = ${separator}`,
    `  prefix = shared${separator}${user}${separator}`,
    `  location = ${LOCATIONS[layout](join(dir, 'mail', '%%u'))}`,
    '  subscriptions = no',
    '  list = children',
    '}',
  ];
}

function hiddenNamespace(prefix: string, location: string, separator: string): string[] {
  return [
    'namespace hidden {',
    `  separator = ${separator}`,
    `  prefix = ${prefix}`,
    `  location = ${location}`,
    '  hidden = yes',
    '  list = no',
    '}',
  ];
}

/** What the server asks about an access token, and where. */
export function oauth2Config(introspectionUrl: string, mode: DovecotOptions['introspectionMode'] = 'get'): string {
  return [
    `introspection_url = ${introspectionUrl}`,
    `introspection_mode = ${mode}`,
    'username_attribute = username',
    'active_attribute = active',
    'active_value = true',
    '',
  ].join('\n');
}
