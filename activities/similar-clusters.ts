import { isPairKey, isSimilarMalicious, similarFigures, type SimilarFigures } from '../domain/attributes';
import { type Attributes, entityKey } from '../domain/entity';
import { type AlertDoc } from '../store/alerts';
import { type Store } from '../store/store';

/** Original messages whose pairs are looked at, taken evenly from all, and pairs that make a cluster at most. */
const ORIGINALS = 1000;
const PAIRS = 20;
/** Keys that one question names at most. */
const NAMED = 5000;

/** Looks for mail that is similar to an alert's own, and at how much of it is known to be malicious. */
export function createSimilar(store: Pick<Store, 'messages' | 'clusters'>) {
  return { candidates, figuresOf };

  /**
   * The pairs of the messages that carry an alert's entities, those that most of them share first. Only a malicious alert
   * has any: similar to what is only suspicious says nothing.
   */
  async function candidates(alert: AlertDoc, originals: readonly string[]): Promise<Attributes[]> {
    if (alert.verdict !== 'malicious') return [];
    const step = Math.max(1, Math.ceil(originals.length / ORIGINALS));
    const found = await store.messages.pairsOf(
      originals.filter((_, at) => at % step === 0),
      PAIRS,
    );
    const threat = alert.entities[0]?.threat ?? 'Spam';
    return found.map(({ key, pair, values }) => ({ type: 'attributes', pair, values, key, threat }));
  }

  /** How many messages share the pair, and how many of those carry what an investigation found malicious. */
  async function figuresOf(alert: AlertDoc, { key, pair }: Attributes): Promise<SimilarFigures> {
    const members = await store.messages.entityKeysOf(key);
    const own = new Set(alert.entities.map(entityKey));
    const asked = [...new Set(members.flatMap((keys) => keys.filter((one) => !own.has(one) && !isPairKey(one))))];
    for (let at = 0; at < asked.length; at += NAMED) {
      for (const known of (await store.clusters.threatsOf(asked.slice(at, at + NAMED))).keys()) own.add(known);
    }
    const known = members.filter((keys) => keys.some((one) => own.has(one))).length;
    return similarFigures(pair, members.length, known);
  }
}

/** The verdict on a cluster of similar messages (product.md §1: only where the cluster itself is found malicious). */
export function similarVerdict(figures: SimilarFigures): 'malicious' | 'suspicious' {
  return isSimilarMalicious(figures) ? 'malicious' : 'suspicious';
}
