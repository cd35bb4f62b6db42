import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { AlertRegular } from '@fluentui/react-icons/svg/alert';
import { CheckmarkCircleRegular } from '@fluentui/react-icons/svg/checkmark-circle';
import { DocumentSearchRegular } from '@fluentui/react-icons/svg/document-search';
import { MailInboxAllRegular } from '@fluentui/react-icons/svg/mail-inbox-all';
import { PersonClockRegular } from '@fluentui/react-icons/svg/person-clock';
import { ShieldErrorRegular } from '@fluentui/react-icons/svg/shield-error';
import { type ReactNode } from 'react';
import { useNavigate } from 'react-router';
import { type Investigation } from '../../api/types';
import { Status } from '../../parts/badges';
import { Facts, Section } from '../../parts/facts';
import { count, messagesIn, of } from '../../parts/numbers';
import { PageLink } from '../../parts/page-link';
import { durationText, Time, useNow } from '../../parts/time';
import { shortId } from '../../parts/copy-id';
import { pendingMs } from './name';
import { type TabProps } from './page';

const useStyles = makeStyles({
  page: {
    display: 'grid',
    gridTemplateColumns: 'minmax(240px, 300px) minmax(0, 1fr)',
    '@media (max-width: 900px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
    '@media print': { display: 'block' },
  },
  summary: {
    padding: tokens.spacingHorizontalL,
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalXL,
    boxShadow: `inset -1px 0 ${tokens.colorNeutralStroke2}`,
    '@media (max-width: 900px)': { boxShadow: 'none' },
  },
  graph: {
    padding: tokens.spacingHorizontalL,
    display: 'flex',
    flexDirection: 'column',
    gap: '20px',
    margin: 0,
    listStyleType: 'none',
  },
  step: {
    position: 'relative',
    maxWidth: '520px',
    '&:not(:last-child)::after': {
      content: '""',
      position: 'absolute',
      insetInlineStart: '28px',
      top: '100%',
      width: '2px',
      height: '20px',
      backgroundColor: tokens.colorNeutralStrokeAccessible,
    },
  },
  node: {
    width: '100%',
    boxSizing: 'border-box',
    padding: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalL}`,
    display: 'grid',
    gridTemplateColumns: '24px minmax(0, 1fr)',
    gap: `2px ${tokens.spacingHorizontalL}`,
    alignItems: 'center',
    textAlign: 'start',
    fontFamily: 'inherit',
    fontSize: tokens.fontSizeBase300,
    color: tokens.colorNeutralForeground1,
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusLarge,
    cursor: 'pointer',
    '&:hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
    '&:focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
    '& svg': { fontSize: '24px', color: tokens.colorBrandForeground1, gridRow: '1 / span 2' },
  },
  wait: { border: `2px solid ${tokens.colorPaletteMarigoldBorder2}` },
  name: { fontWeight: tokens.fontWeightSemibold },
  quiet: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
});

const SEVERITY = { informational: 'Informational', low: 'Low', medium: 'Medium', high: 'High' } as const;

/** How it went, as a graph; each node leads to its tab. */
export function Graph({ investigation }: TabProps) {
  const styles = useStyles();
  const now = useNow();
  return (
    <div className={styles.page}>
      <div className={styles.summary}>
        <Section title="Summary">
          <Summary investigation={investigation} now={now} />
        </Section>
        <Section title="Time since the alert">
          <Latencies investigation={investigation} />
        </Section>
        {investigation.relatedInvestigations.length > 0 && (
          <Section title="Related">
            {investigation.relatedInvestigations.map((id) => (
              <PageLink key={id} to={`/investigations/${id}`}>
                #{shortId(id)}
              </PageLink>
            ))}
          </Section>
        )}
      </div>
      <Nodes investigation={investigation} />
    </div>
  );
}

export function Summary({ investigation, now }: TabProps & { readonly now: number }) {
  const { alert, startedAt, endedAt, durationMs, status, termination } = investigation;
  return (
    <Facts
      of={[
        ['Status', <Status key="status" status={status} />],
        ['Started', <Time key="at" at={startedAt} full />],
        ['Ended', endedAt === null ? undefined : <Time key="at" at={endedAt} full />],
        ['Duration', durationText(durationMs ?? now - new Date(startedAt).getTime())],
        ['Total pending time', durationText(pendingMs(investigation, now))],
        ['Alert severity', alert?.severity === undefined ? '–' : SEVERITY[alert.severity]],
        ['Category', [...new Set(investigation.entities.map(({ threat }) => threat))].join(', ')],
        ['Detection source', alert?.source ?? alert?.startedBy ?? '–'],
        [
          'Terminated by',
          termination === null
            ? undefined
            : `${termination.by}${termination.comment === null ? '' : `: ${termination.comment}`}`,
        ],
      ]}
    />
  );
}

const STAGES = [
  ['cluster', 'Clusters built'],
  ['decision', 'Decided'],
  ['firstRemoval', 'First message removed'],
  ['lastRemoval', 'Last message removed'],
] as const;

export function Latencies({ investigation: { stages } }: TabProps) {
  return (
    <Facts
      of={STAGES.map(([stage, text]) => [
        text,
        stages.latencies[stage] === undefined ? '–' : durationText(stages.latencies[stage]),
      ])}
    />
  );
}

interface Node {
  readonly tab: string;
  readonly icon: ReactNode;
  readonly name: string;
  readonly detail: string;
  readonly wait?: boolean;
}

function Nodes({ investigation }: TabProps) {
  const styles = useStyles();
  const go = useNavigate();
  const nodes = nodesOf(investigation);
  return (
    <ol className={styles.graph} aria-label="Investigation graph">
      {nodes.map(({ tab, icon, name, detail, wait }) => (
        <li key={name} className={styles.step}>
          <button
            type="button"
            className={mergeClasses(styles.node, wait === true && styles.wait)}
            onClick={() => void go(`/investigations/${investigation.id}/${tab}`)}
          >
            {icon}
            <span className={styles.name}>{name}</span>
            <span className={styles.quiet}>{detail}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}

function nodesOf(investigation: Investigation): Node[] {
  const { alert, clusters, actions, entities, status, endedAt } = investigation;
  const mailboxes = Math.max(0, ...clusters.map(({ mailboxCount }) => mailboxCount));
  const messages = clusters.reduce((total, { messageCount }) => total + messageCount, 0);
  const malicious = clusters.filter(({ verdict }) => verdict === 'malicious');
  const waiting = actions.filter((action) => action.status === 'Pending');
  const waited = actions.filter(({ reasons }) => reasons.length > 0);
  const removed = actions.reduce((total, { outcomes }) => total + outcomes.removed, 0);
  return [
    {
      tab: 'alerts',
      icon: <AlertRegular />,
      name: 'Alert received',
      detail: alert?.title ?? `by ${alert?.startedBy ?? 'the API'}`,
    },
    {
      tab: 'mailboxes',
      icon: <MailInboxAllRegular />,
      name: 'Mailbox',
      // A message may be in several clusters, and so may a mailbox.
      detail:
        clusters.length > 1
          ? `at most ${of(messages, 'message')} in at least ${of(mailboxes, 'mailbox', 'mailboxes')}`
          : messagesIn(messages, mailboxes),
    },
    {
      tab: 'entities',
      icon: <DocumentSearchRegular />,
      name: 'Entities analyzed',
      detail: `${of(entities.length, 'entity', 'entities')}, ${of(clusters.length, 'email cluster')}`,
    },
    { tab: 'evidence', icon: <ShieldErrorRegular />, name: 'Evidence', detail: `${count(malicious.length)} malicious` },
    ...(waiting.length > 0
      ? [
          {
            tab: 'pending',
            icon: <PersonClockRegular />,
            name: 'Pending approval',
            detail: of(waiting.length, 'action'),
            wait: true,
          },
        ]
      : waited.length > 0
        ? [
            {
              tab: 'history',
              icon: <PersonClockRegular />,
              name: 'Waited for user approval',
              detail: of(waited.length, 'action'),
            },
          ]
        : []),
    {
      tab: 'log',
      icon: <CheckmarkCircleRegular />,
      name: endedAt === null ? 'So far' : 'Result',
      detail: `${status}, ${of(removed, 'message')} removed`,
    },
  ];
}
