import { createHash } from 'node:crypto';

/** The EICAR test file, the only "malware" here: in two halves, so that scanners leave the source alone. */
export const EICAR = Buffer.from(
  ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-', 'ANTIVIRUS-TEST-FILE!$H+H*'].join(''),
);

export const EICAR_SHA256 = createHash('sha256').update(EICAR).digest('hex');

const SENDERS = 12;

/** One mail of the demo's campaign: many senders, one attachment, every copy another text. */
export function campaignMail(index: number, to: string): Buffer {
  const sender = `billing${index % SENDERS}@supplier${index % SENDERS}.example`;
  return Buffer.from(
    [
      `Received: from mail.supplier${index % SENDERS}.example ([192.0.2.${10 + (index % SENDERS)}]) by mx.clawback.example; Mon, 5 Jan 2026 09:00:00 +0000`,
      `From: Billing <${sender}>`,
      `To: <${to}>`,
      `Subject: Invoice ${1000 + index} is overdue`,
      `Message-ID: <campaign-${index}@supplier${index % SENDERS}.example>`,
      'Date: Mon, 5 Jan 2026 09:00:00 +0000',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="part"',
      '',
      '--part',
      'Content-Type: text/plain; charset=utf-8',
      '',
      `Please see invoice ${1000 + index} attached.`,
      '--part',
      'Content-Type: application/octet-stream; name="invoice.com"',
      'Content-Disposition: attachment; filename="invoice.com"',
      'Content-Transfer-Encoding: base64',
      '',
      EICAR.toString('base64'),
      '--part--',
      '',
    ].join('\r\n'),
  );
}
