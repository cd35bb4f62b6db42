import { type MessageFacts } from '../domain/message-facts';

/** A stored message as the embedded provider answers it; the store's document has the same shape. */
export interface MessageDocLike extends Pick<
  MessageFacts,
  'networkMessageId' | 'internetMessageId' | 'attachments' | 'urls'
> {
  readonly _id: string;
  readonly mailbox: string;
  readonly folder: string;
}
