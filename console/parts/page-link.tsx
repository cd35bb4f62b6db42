import { Link } from '@fluentui/react-components';
import { type MouseEvent, type ReactNode } from 'react';
import { useHref, useNavigate } from 'react-router';

/** A link to another page of the console, in the colours of all links. */
export function PageLink({ to, children }: { readonly to: string; readonly children: ReactNode }) {
  const href = useHref(to);
  const go = useNavigate();
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    // Another key than none asks the browser for a tab or a window of its own.
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    void go(to);
  };
  return (
    <Link href={href} onClick={follow}>
      {children}
    </Link>
  );
}
