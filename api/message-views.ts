import { deliveryActionOf, directionalityOf } from '../domain/explorer';
import { latestLocation, locationOf } from '../domain/location';
import { type Threat } from '../domain/verdict';
import { type ExplorerRow, type ExplorerStore } from '../store/explorer';
import { type MessageDoc } from '../store/messages';

/** What every view of a message shows: it lies where its mailbox says, and was delivered where it was first seen. */
function standing(message: Pick<MessageDoc, 'originalFolder' | 'folder' | 'purgedAt'>) {
  return {
    deliveryAction: deliveryActionOf(message.originalFolder),
    originalDeliveryLocation: locationOf(message.originalFolder),
    latestDeliveryLocation: latestLocation(message.folder, message.purgedAt !== null),
  };
}

function common(message: Omit<ExplorerRow, 'attachments' | 'urls'>) {
  return {
    id: message._id,
    provider: message.provider,
    mailbox: message.mailbox,
    networkMessageId: message.networkMessageId,
    internetMessageId: message.internetMessageId,
    subject: message.subject,
    senderAddress: message.senderAddress,
    senderName: message.senderName,
    senderDomain: message.senderDomain,
    senderIp: message.senderIp,
    recipients: message.recipients,
    sentAt: message.sentAt,
    receivedAt: message.receivedAt,
    size: message.size,
    sha256: message.sha256,
    folder: message.folder,
    flags: message.flags,
    removedBy: message.removedBy,
    removedAt: message.removedAt,
    ...standing(message),
  };
}

/** One message, whole. */
export async function messageView(explorer: ExplorerStore, message: MessageDoc) {
  const [about] = await aboutOf(explorer, [message]);
  return {
    ...common(message),
    ...about,
    bodyFingerprint: message.bodyFingerprint,
    attachments: message.attachments,
    urls: message.urls,
    brokenLimits: message.brokenLimits,
    defects: message.defects,
  };
}

/** Rows of the Explorer, with what other records say of them read for all at once. */
export async function explorerRows(explorer: ExplorerStore, rows: readonly ExplorerRow[]) {
  const about = await aboutOf(explorer, rows);
  return rows.map((row, at) => ({
    ...common(row),
    attachmentCount: row.attachments.length,
    urlCount: row.urls.length,
    urlDomains: [...new Set(row.urls.map(({ domain }) => domain))],
    ...(about[at] ?? NOTHING_KNOWN),
  }));
}

export type ExplorerRowView = Awaited<ReturnType<typeof explorerRows>>[number];

const NOTHING_KNOWN = {
  directionality: 'Inbound' as const,
  threats: [] as Threat[],
  additionalActions: [] as string[],
};

async function aboutOf(
  explorer: ExplorerStore,
  messages: readonly Pick<MessageDoc, '_id' | 'keys' | 'originalFolder' | 'senderDomain'>[],
) {
  const [actions, threats, internal] = await Promise.all([
    explorer.additionalActions(messages.map(({ _id }) => _id)),
    explorer.threats([...new Set(messages.flatMap(({ keys }) => keys))]),
    explorer.internalDomains(),
  ]);
  return messages.map((message) => ({
    directionality: directionalityOf(message, internal),
    threats: [...new Set(message.keys.flatMap((key) => threats.get(key) ?? []))],
    additionalActions: [...(actions.get(message._id) ?? [])],
  }));
}
