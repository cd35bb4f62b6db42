/** A stored message as the embedded provider answers it; the store's document has the same shape. */
export interface MessageDocLike {
  readonly _id: string;
  readonly networkMessageId: string;
  readonly internetMessageId: string;
  readonly mailbox: string;
  readonly folder: string;
  readonly attachments: readonly {
    readonly fileName: string;
    readonly sha256: string;
    readonly size: number;
    readonly contentType: string;
    readonly inline: boolean;
    readonly nested: boolean;
  }[];
  readonly urls: readonly {
    readonly url: string;
    readonly host: string;
    readonly domain: string;
    readonly location: string;
    readonly unwrapped: boolean;
  }[];
}
