import { makeStyles, Title3, tokens } from '@fluentui/react-components';
import { type ReactNode, useEffect } from 'react';

const useStyles = makeStyles({
  page: {
    display: 'flex',
    flexDirection: 'column',
    flex: '1 1 auto',
    minHeight: 0,
    padding: `${tokens.spacingVerticalL} ${tokens.spacingHorizontalXL}`,
    gap: tokens.spacingVerticalM,
    '@media (max-width: 720px)': { padding: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalM}` },
  },
  head: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    justifyContent: 'space-between',
    gap: tokens.spacingHorizontalM,
    minHeight: '32px',
    flexShrink: 0,
  },
  title: { margin: 0 },
  tools: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: tokens.spacingHorizontalS,
    alignItems: 'center',
    '@media print': { display: 'none' },
  },
  sheet: {
    display: 'flex',
    flexDirection: 'column',
    flex: '1 1 auto',
    minHeight: '280px',
    overflow: 'hidden',
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusLarge,
    '@media print': { border: 'none', overflow: 'visible' },
  },
});

/** A page under its title, which is also the title of the window. */
export function Page({
  title,
  heading = title,
  tools,
  children,
}: {
  readonly title: string;
  /** What the title stands as on the page, where it is more than words. */
  readonly heading?: ReactNode;
  readonly tools?: ReactNode;
  readonly children: ReactNode;
}) {
  const styles = useStyles();
  useEffect(() => {
    document.title = `${title} – Clawback`;
  }, [title]);
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <Title3 as="h1" className={styles.title}>
          {heading}
        </Title3>
        <div className={styles.tools}>{tools}</div>
      </div>
      {children}
    </div>
  );
}

/** The sheet that a list lies on: it fills what is left of the page, and scrolls inside. */
export function Sheet({ children }: { readonly children: ReactNode }) {
  const styles = useStyles();
  return <div className={styles.sheet}>{children}</div>;
}
