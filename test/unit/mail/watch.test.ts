import { EventEmitter } from 'node:events';
import { type ImapContext } from '../../../mail/imap/context';
import { type Session } from '../../../mail/imap/session';
import { watch } from '../../../mail/imap/watch';

const ANN = 'ann@corp.example';
const BOB = 'bob@corp.example';

/** A connection on which nothing ever comes; `idling` is called when somebody listens. */
function silent(idling: () => void): { readonly session: Session; readonly isClosed: () => boolean } {
  const client = Object.assign(new EventEmitter(), {
    usable: true,
    mailbox: {},
    capabilities: new Map([['IDLE', true]]),
    mailboxOpen: () => Promise.resolve({ uidValidity: 1n, exists: 0 }),
    idle: () =>
      new Promise<boolean>((resolve) => {
        client.once('closed', () => resolve(true));
        idling();
      }),
  });
  const close = (): void => {
    client.usable = false;
    client.emit('closed');
  };
  return {
    session: { mailbox: ANN, client, refusal: () => 'NO', close } as unknown as Session,
    isClosed: () => !client.usable,
  };
}

test('where the watch of one mailbox fails, those of the others end with it', async () => {
  let fail: (error: Error) => void = () => undefined;
  const failing = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  const connection = silent(() => fail(new Error('MongoDB is away')));
  const context = {
    config: { index: { idle: [ANN, BOB] } },
    open: () => Promise.resolve(connection.session),
    records: { refusals: (mailbox: string) => (mailbox === BOB ? failing : Promise.resolve(null)) },
    clock: () => new Date(),
  } as unknown as ImapContext;
  const nothing = { indexed: null, back: null, unsettled: false };
  const indexer = {
    indexOne: () => Promise.resolve(nothing),
    check: () => Promise.reject(new Error('not asked')),
    searched: () => Promise.resolve(),
  };
  const watching = watch(context, indexer, {
    signal: new AbortController().signal,
    indexed: () => Promise.resolve(),
    failed: () => undefined,
    unable: () => undefined,
  });
  await expect(watching).rejects.toThrow('MongoDB is away');
  expect(connection.isClosed()).toBe(true);
});
