/** Lets the event loop go on to its next turn: what could be done without waiting for anybody is done by then. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
