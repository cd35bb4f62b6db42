/** Answers at the first Ctrl-C or SIGTERM, or when `failed` does; later signals are taken quietly. */
export function untilStopped(failed: Promise<string>): Promise<string | null> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve(null));
    void failed.then(resolve);
  });
}
