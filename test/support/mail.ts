import { createHash } from 'node:crypto';
import { type Harness } from './harness';

/** A mail with one attachment and one link, as bytes. */
export function mail({
  subject = 'Invoice',
  from = 'sender@evil.example',
  fromName = 'Sender',
  to = 'user@corp.example',
  attachment = 'payload',
  fileName = 'invoice.bin',
  link = 'http://evil.example/pay',
  id = 'id-1',
  received = 'Mon, 5 Jan 2026 10:00:00 +0000',
  headers = [] as readonly string[],
} = {}): Buffer {
  return Buffer.from(
    [
      `Received: from relay.evil.example ([192.0.2.7]) by mx.corp.example; ${received}`,
      `From: ${fromName} <${from}>`,
      `To: <${to}>`,
      `Subject: ${subject}`,
      `Message-ID: <${id}@evil.example>`,
      `Date: Mon, 5 Jan 2026 10:00:00 +0000`,
      ...headers,
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="b"',
      '',
      '--b',
      'Content-Type: text/plain; charset=utf-8',
      '',
      `Please pay at ${link} today.`,
      '--b',
      `Content-Type: application/octet-stream; name="${fileName}"`,
      `Content-Disposition: attachment; filename="${fileName}"`,
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from(attachment).toString('base64'),
      '--b--',
      '',
    ].join('\r\n'),
  );
}

export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Where one message is, as the mailbox shows it, and its raw bytes. */
export async function stateOf(
  { store }: Pick<Harness, 'store'>,
  id: string,
): Promise<{ folder: string; flags: readonly string[]; receivedAt: Date; rawSha256: string }> {
  const message = await store.messages.byId(id);
  if (message === null) throw new Error(`There is no message ${id}`);
  const raw = await store.rawMail.get(message.sha256);
  return {
    folder: message.folder,
    flags: message.flags,
    receivedAt: message.receivedAt,
    rawSha256: raw === null ? '' : sha256(raw),
  };
}
