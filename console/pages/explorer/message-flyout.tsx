import { Badge, Button, makeStyles, Tab, TabList, tokens } from '@fluentui/react-components';
import { ArrowDownloadRegular } from '@fluentui/react-icons/svg/arrow-download';
import { useQuery } from '@tanstack/react-query';
import { type FunctionComponent, useState } from 'react';
import { messageQuery } from '../../api/messages';
import { type Message } from '../../api/types';
import { useSession } from '../../app/session';
import { CopyId } from '../../parts/copy-id';
import { Facts, Section } from '../../parts/facts';
import { Flyout } from '../../parts/flyout';
import { MailText } from '../../parts/mail-text';
import { size } from '../../parts/numbers';
import { PageLink } from '../../parts/page-link';
import { ErrorState, Loading } from '../../parts/states';
import { Time } from '../../parts/time';
import { Attachments, Urls } from './message-parts';
import { Preview } from './preview';
import { Similar } from './similar';
import { Timeline } from './timeline';

const useStyles = makeStyles({
  tabs: { overflowX: 'auto', flexShrink: 0, marginInlineStart: `calc(-1 * ${tokens.spacingHorizontalM})` },
});

export interface PartProps {
  readonly message: Message;
}

const TABS: readonly {
  readonly name: string;
  readonly Component: FunctionComponent<PartProps>;
  readonly preview?: true;
}[] = [
  { name: 'Details', Component: Details },
  { name: 'Timeline', Component: Timeline },
  { name: 'Attachments', Component: Attachments },
  { name: 'URLs', Component: Urls },
  { name: 'Similar emails', Component: Similar },
  { name: 'Preview', Component: Preview, preview: true },
];

/** Everything about one message: what it is, where it is, what happened to it. */
export function MessageFlyout({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const styles = useStyles();
  const { may } = useSession();
  const [tab, setTab] = useState('Details');
  const { data, error, refetch } = useQuery(messageQuery(id));
  if (data === undefined) {
    return (
      <Flyout title="Message" onClose={onClose}>
        {error === null ? <Loading /> : <ErrorState error={error} retry={() => void refetch()} />}
      </Flyout>
    );
  }
  const tabs = TABS.filter(({ preview }) => preview !== true || may('preview'));
  const here = tabs.find(({ name }) => name === tab) ?? tabs[0];
  return (
    <Flyout
      title={
        <MailText wrap none="(no subject)">
          {data.subject}
        </MailText>
      }
      under={
        <>
          {data.threats.map((threat) => (
            <Badge key={threat} appearance="tint" color="danger" shape="rounded">
              {threat}
            </Badge>
          ))}
          <Badge appearance="tint" color="informative" shape="rounded">
            {data.latestDeliveryLocation}
          </Badge>
          {may('preview') && (
            <Button
              as="a"
              size="small"
              appearance="subtle"
              icon={<ArrowDownloadRegular />}
              href={`/api/v1/messages/${id}/raw`}
              download={`${id}.eml`}
            >
              Download
            </Button>
          )}
        </>
      }
      onClose={onClose}
    >
      <TabList
        className={styles.tabs}
        selectedValue={here?.name}
        onTabSelect={(_event, { value }) => setTab(String(value))}
      >
        {tabs.map(({ name }) => (
          <Tab key={name} value={name}>
            {name}
          </Tab>
        ))}
      </TabList>
      {here !== undefined && <here.Component message={data} />}
    </Flyout>
  );
}

function Details({ message }: PartProps) {
  return (
    <>
      <Section title="Delivery details">
        <Facts
          of={[
            ['Threats', message.threats.join(', ') || 'None'],
            ['Original delivery location', message.originalDeliveryLocation],
            ['Latest delivery location', message.latestDeliveryLocation],
            ['Delivery action', message.deliveryAction],
            ['Additional actions', message.additionalActions.join(', ') || 'None'],
            [
              'Removed by',
              message.removedBy === null ? undefined : (
                <PageLink key="by" to={`/actions/history?open=${message.removedBy}`}>
                  {message.removedBy}
                </PageLink>
              ),
            ],
            ['Removed', message.removedAt === null ? undefined : <Time key="at" at={message.removedAt} full />],
          ]}
        />
      </Section>
      <Section title="Email details">
        <Facts
          of={[
            [
              'Mailbox',
              <MailText key="to" wrap>
                {message.mailbox}
              </MailText>,
            ],
            [
              'Sender',
              <MailText key="from" wrap none="–">
                {message.senderAddress}
              </MailText>,
            ],
            [
              'Sender display name',
              <MailText key="name" wrap none="–">
                {message.senderName}
              </MailText>,
            ],
            ['Sender IP', message.senderIp || '–'],
            [
              'Recipients',
              <MailText key="all" wrap none="–">
                {message.recipients.join(', ')}
              </MailText>,
            ],
            ['Directionality', message.directionality],
            ['Received', <Time key="at" at={message.receivedAt} full />],
            ['Date header (a claim)', message.sentAt === null ? '–' : <Time key="sent" at={message.sentAt} full />],
            ['Size', size(message.size)],
            [
              'Network message ID',
              <CopyId key="network" id={message.networkMessageId} whole what="network message id" />,
            ],
            [
              'Internet message ID',
              message.internetMessageId === '' ? (
                '–'
              ) : (
                <CopyId key="internet" id={message.internetMessageId} whole what="internet message id">
                  <MailText>{message.internetMessageId}</MailText>
                </CopyId>
              ),
            ],
            ['SHA-256', <CopyId key="sha" id={message.sha256} whole what="hash" />],
            ['Provider', message.provider],
            ['Limits broken', message.brokenLimits.join(', ') || undefined],
            ['Defects', message.defects.join(', ') || undefined],
          ]}
        />
      </Section>
    </>
  );
}
