import { type MailboxProvider, type MessageRef, type MoveReport, type Stamp } from '../../mail/provider';
import { type Store } from '../../store/store';

/** The points of a removal at which a worker is stopped, in order. */
export const GATES = ['before the claim', 'after the claim', 'after the move', 'after the outcome'] as const;
export type Gate = (typeof GATES)[number];

/** A store and a provider that call `pass` at a gate, and otherwise do what they did. */
export function withGate(
  gate: Gate,
  pass: () => Promise<void>,
  { store, provider }: { readonly store: Store; readonly provider: MailboxProvider },
): { readonly store: Store; readonly provider: MailboxProvider } {
  switch (gate) {
    case 'before the claim':
      return {
        provider,
        store: {
          ...store,
          ledger: {
            ...store.ledger,
            async claim(...args) {
              await pass();
              return store.ledger.claim(...args);
            },
          },
        },
      };
    case 'after the claim':
    case 'after the move': {
      const around = gate === 'after the claim' ? { before: pass } : { after: pass };
      const softDelete = (refs: readonly MessageRef[], stamp: Stamp): Promise<MoveReport[]> =>
        provider.softDelete(refs, stamp);
      return { store, provider: { ...provider, softDelete: gated(softDelete, around) } };
    }
    case 'after the outcome':
      // What is done right after the outcomes are written: the stage of the investigation.
      return {
        provider,
        store: {
          ...store,
          investigations: {
            ...store.investigations,
            removedAt: gated((id: string, at: Date) => store.investigations.removedAt(id, at), { before: pass }),
          },
        },
      };
  }
}

type Pass = () => Promise<void>;

function gated<A extends unknown[], R>(
  work: (...args: A) => Promise<R>,
  { before, after }: { readonly before?: Pass; readonly after?: Pass },
): (...args: A) => Promise<R> {
  return async (...args) => {
    await before?.();
    const result = await work(...args);
    await after?.();
    return result;
  };
}
