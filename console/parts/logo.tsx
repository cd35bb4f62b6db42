/** The sign of Clawback: a letter, and the arrow that takes it back. */
export function Logo({ size }: { readonly size: number }) {
  return <img src="/icon.svg" alt="" width={size} height={size} />;
}
