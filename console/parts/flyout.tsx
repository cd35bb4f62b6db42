import {
  Button,
  DrawerBody,
  DrawerHeader,
  DrawerHeaderTitle,
  makeStyles,
  OverlayDrawer,
  tokens,
} from '@fluentui/react-components';
import { DismissRegular } from '@fluentui/react-icons/svg/dismiss';
import { type ReactNode, useEffect, useRef } from 'react';
import { Inside } from './facts';
import { useNarrow } from './media';

const useStyles = makeStyles({
  drawer: { width: 'min(680px, 100vw)' },
  under: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: tokens.spacingHorizontalS,
    alignItems: 'center',
    paddingTop: tokens.spacingVerticalXS,
  },
  body: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalXL,
    paddingTop: tokens.spacingVerticalM,
    paddingBottom: tokens.spacingVerticalXXL,
  },
});

/** Everything about one thing, over the list that it was opened from. */
export function Flyout({
  title,
  under,
  children,
  onClose,
}: {
  readonly title: ReactNode;
  /** What stands below the title: status, and what can be done. */
  readonly under?: ReactNode;
  readonly children: ReactNode;
  readonly onClose: () => void;
}) {
  const styles = useStyles();
  const narrow = useNarrow();
  const surface = useRef<HTMLDivElement>(null);
  // A button that was pressed may be gone with what it did: the focus stays in the flyout then, not nowhere.
  useEffect(() => {
    const look = (): void => {
      requestAnimationFrame(() => {
        if (document.activeElement === document.body) surface.current?.focus();
      });
    };
    document.addEventListener('focusout', look);
    const watcher = new MutationObserver(look);
    watcher.observe(document.body, { childList: true });
    return () => {
      document.removeEventListener('focusout', look);
      watcher.disconnect();
    };
  }, []);
  return (
    <OverlayDrawer
      open
      ref={surface}
      position="end"
      size={narrow ? 'full' : 'medium'}
      className={narrow ? undefined : styles.drawer}
      onOpenChange={(_event, { open }) => !open && onClose()}
    >
      <DrawerHeader>
        <DrawerHeaderTitle
          heading={{ as: 'h2' }}
          action={<Button appearance="subtle" aria-label="Close" icon={<DismissRegular />} onClick={onClose} />}
        >
          {title}
        </DrawerHeaderTitle>
        {under !== undefined && <div className={styles.under}>{under}</div>}
      </DrawerHeader>
      <DrawerBody className={styles.body}>
        <Inside value>{children}</Inside>
      </DrawerBody>
    </OverlayDrawer>
  );
}
