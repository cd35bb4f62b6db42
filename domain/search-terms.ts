import { type Attributes } from './entity';
import { shortHash } from './fingerprint';
import { folderKind } from './location';
import { type MessageFacts } from './message-facts';

/** Distinct words of a subject that can be searched for, and how much of each. */
const MAX_WORDS = 50;
const MAX_WORD_LENGTH = 64;

/**
 * What a message can be found by, each as one short word of one index: a kind and a value. Names of people and files are
 * in lower case; Message-IDs are as they are.
 */
export const TERM = {
  sender: (address: string): string => `s:${address.toLowerCase()}`,
  senderDomain: (domain: string): string => `d:${domain.toLowerCase()}`,
  senderIp: (address: string): string => `h:${address.toLowerCase()}`,
  recipient: (address: string): string => `r:${address.toLowerCase()}`,
  networkMessageId: (id: string): string => `n:${id.toLowerCase()}`,
  internetMessageId: (id: string): string => `i:${id}`,
  answered: (id: string): string => `a:${id}`,
  fileName: (name: string): string => `f:${name.toLowerCase()}`,
  urlDomain: (domain: string): string => `u:${domain.toLowerCase()}`,
  word: (word: string): string => `w:${word}`,
  fingerprint: (fingerprint: string): string => `b:${fingerprint}`,
  /** Of an entity key: a URL is long, and the key itself stands in the message to be compared. */
  key: (key: string): string => `k:${shortHash(key)}`,
  /** Where it was delivered to, where that is not a folder of its user's own: those are nearly all. */
  deliveredTo: (folder: string): string => `o:${folderKind(folder)}`,
} as const;

/** What leads to all mail of the address or the domain of a pair. */
export function originTerm({ pair, values: [, origin] }: Pick<Attributes, 'pair' | 'values'>): string {
  return pair.endsWith('/SenderIp') ? TERM.senderIp(origin) : TERM.senderDomain(origin);
}

/** The words of a subject as a search takes them: lower case, letters and digits, each once. */
export function subjectWords(subject: string): string[] {
  const words =
    subject
      .normalize('NFKC')
      .replace(/\p{Cf}+/gu, '')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words.map((word) => word.slice(0, MAX_WORD_LENGTH)))].slice(0, MAX_WORDS);
}

/**
 * Every term of a message, from its facts, the mailbox that it lies in and the folder that it was delivered to: none of
 * these ever changes. Its recipients are those that the headers name, and the mailbox itself (a blind copy).
 */
export function termsOf(facts: MessageFacts, mailbox: string, originalFolder: string): string[] {
  const fingerprint = facts.bodyFingerprint ?? null;
  const terms = [
    TERM.sender(facts.senderAddress),
    TERM.senderDomain(facts.senderDomain),
    ...(facts.senderIp === '' ? [] : [TERM.senderIp(facts.senderIp)]),
    TERM.networkMessageId(facts.networkMessageId),
    ...(facts.internetMessageId === '' ? [] : [TERM.internetMessageId(facts.internetMessageId)]),
    ...(facts.answers ?? []).map(TERM.answered),
    ...[mailbox, ...facts.recipients].map(TERM.recipient),
    ...facts.attachments.flatMap(({ fileName }) => (fileName === '' ? [] : [TERM.fileName(fileName)])),
    ...facts.urls.map(({ domain }) => TERM.urlDomain(domain)),
    ...facts.keys.map(TERM.key),
    ...subjectWords(facts.subject).map(TERM.word),
    ...(fingerprint === null ? [] : [TERM.fingerprint(fingerprint)]),
    ...(folderKind(originalFolder) === 'personal' ? [] : [TERM.deliveredTo(originalFolder)]),
  ];
  return [...new Set(terms)];
}
