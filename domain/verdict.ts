/** What an investigation found out about an entity, weakest first. Only `malicious` ever leads to a removal (law 2). */
export const VERDICTS = ['noThreatsFound', 'suspicious', 'malicious'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** The kind of threat that an alert names (product.md §4.1, Threat type). */
export const THREATS = ['Malware', 'Phish', 'Spam'] as const;
export type Threat = (typeof THREATS)[number];

/** True where `held` is at least as strong as `asked`: an open investigation with a weaker verdict does not cover an alert. */
export function covers(held: Verdict, asked: Verdict): boolean {
  return VERDICTS.indexOf(held) >= VERDICTS.indexOf(asked);
}
