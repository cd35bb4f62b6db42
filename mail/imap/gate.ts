/** Lets mailboxes in to be prepared for work: more than there are connections, so that none of these waits for MongoDB. */
export interface Gate {
  enter(): Promise<void>;
  leave(): void;
}

/**
 * As many as there are connections are let in as they come. Who waits then is let in together with others, up to twice
 * as many in all, so that what they ask MongoDB goes into one command. Not more: each has the lease of its mailbox. A
 * mailbox that takes long holds up no more than its own place.
 */
export function createGate(connections: number): Gate {
  const waiting: (() => void)[] = [];
  let within = 0;

  function letIn(): void {
    if (within >= connections) return;
    for (const next of waiting.splice(0, 2 * connections - within)) {
      within++;
      next();
    }
  }

  return {
    enter: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        letIn();
      }),
    leave() {
      within--;
      letIn();
    },
  };
}
