import { batchesOf } from '../domain/batches';
import { isPairKey, isSimilarMalicious, similarFigures, type SimilarFigures } from '../domain/attributes';
import { type Attributes, entityKey } from '../domain/entity';
import { isDoubtful } from '../domain/policy';
import { type AutomationSettings } from '../domain/settings';
import { type AlertDoc } from '../store/alerts';
import { type Store } from '../store/store';

/** Original messages whose pairs are looked at, taken evenly from all, and pairs that make a cluster at most. */
const ORIGINALS = 1000;
const PAIRS = 20;

/** A pair that more messages share than this says nothing of any of them: it makes no cluster. */
export const MEMBERS_MAX = 100_000;

/** Keys that one question names at most. */
/** Answers about keys that are kept from one batch of members to the next. */
const KEPT = 50_000;
const NAMED = 1000;

/** A pair of the original messages, and how what shares it was judged. */
export interface Judged {
  readonly attributes: Attributes;
  readonly figures: SimilarFigures;
}

/** What is needed to judge: the settings of now, and which entities of the alert tell of other mail. */
export interface JudgeBy {
  readonly settings: AutomationSettings;
  /** Keys of the alert's entities but those that honest mail may carry too. */
  readonly telling: ReadonlySet<string>;
}

/** Looks for mail that is similar to an alert's own, and at how much of it is known to be malicious. */
export function createSimilar(store: Pick<Store, 'messages' | 'clusters'>) {
  return { candidates, figuresOf, tellingOf };

  /**
   * The pairs of the messages that carry an alert's entities, those that make a malicious cluster first: what one of them
   * takes is not lost to a pair that says less. Only a malicious alert whose entity is beyond doubt has any: similar to
   * what may be honest says nothing.
   */
  async function candidates(alert: AlertDoc, originals: readonly string[], by: JudgeBy): Promise<Judged[]> {
    if (alert.verdict !== 'malicious' || by.telling.size === 0) return [];
    const step = Math.max(1, Math.ceil(originals.length / ORIGINALS));
    const found = await store.messages.pairsOf(
      originals.filter((_, at) => at % step === 0),
      PAIRS,
    );
    const threat = alert.entities[0]?.threat ?? 'Spam';
    const judged: Judged[] = [];
    for (const { key, pair, values } of found) {
      if ((await store.messages.countCarrying(key, MEMBERS_MAX + 1)) > MEMBERS_MAX) continue;
      const attributes: Attributes = { type: 'attributes', pair, values, key, threat };
      judged.push({ attributes, figures: await figuresOf(attributes, by) });
    }
    const malicious = ({ figures }: Judged): boolean => isSimilarMalicious(figures);
    return [...judged.filter(malicious), ...judged.filter((one) => !malicious(one))];
  }

  /**
   * How many messages share the pair, and how many of those carry what is known to be malicious: a telling entity of the
   * alert, or one that a detector found elsewhere and that no guard doubts. A message that a person put back after a
   * removal for an entity is not known by that entity any more.
   */
  async function figuresOf({ key, pair }: Attributes, { settings, telling }: JudgeBy): Promise<SimilarFigures> {
    let isKnown = new Map([...telling].map((one) => [one, true]));
    let members = 0;
    let known = 0;
    for await (const batch of store.messages.membersOf(key)) {
      const asked = batch.flatMap(({ keys }) => keys.filter((one) => !isKnown.has(one) && !isPairKey(one)));
      await ask([...new Set(asked)], isKnown, settings);
      const found = isKnown;
      members += batch.length;
      known += batch.filter(({ keys, clearedKeys }) =>
        keys.some((one) => found.get(one) === true && !clearedKeys.includes(one)),
      ).length;
      // Hostile mail has links without end: what is not known is asked for again rather than kept.
      if (isKnown.size > KEPT) isKnown = new Map([...isKnown].filter(([, known]) => known));
    }
    return similarFigures(pair, members, known);
  }

  async function ask(keys: readonly string[], isKnown: Map<string, boolean>, settings: AutomationSettings) {
    for (const named of batchesOf(keys, NAMED)) {
      for (const key of named) isKnown.set(key, false);
      const doubted = new Set<string>();
      for (const { key, facts } of await store.clusters.detected(named)) {
        if (isDoubtful(facts, settings)) doubted.add(key);
        isKnown.set(key, !doubted.has(key));
      }
    }
  }

  /** The entities of an alert that tell of other mail, as its clusters say that are there already. */
  async function tellingOf(alert: AlertDoc, settings: AutomationSettings): Promise<ReadonlySet<string>> {
    const clusters = await store.clusters.of(alert.investigationId);
    const doubted = new Set(clusters.filter(({ facts }) => isDoubtful(facts, settings)).map(({ key }) => key));
    return new Set(alert.entities.map(entityKey).filter((key) => !doubted.has(key)));
  }
}
