import { useSession } from '../../app/session';
import { CopyId } from '../../parts/copy-id';
import { plain } from '../../parts/hostile';
import { MailText } from '../../parts/mail-text';
import { size } from '../../parts/numbers';
import { PageLink } from '../../parts/page-link';
import { PlainTable } from '../../parts/plain-table';
import { StartInvestigation } from '../investigations/start';
import { FILE_NAME } from './file-name';
import { type PartProps } from './message-flyout';

/** The files that it carries, each by its own bytes. */
export function Attachments({ message }: PartProps) {
  const { may } = useSession();
  return (
    <PlainTable
      label="Attachments"
      rows={message.attachments}
      idOf={({ sha256 }, at) => `${sha256} ${at}`}
      empty="No attachments"
      columns={[
        FILE_NAME,
        {
          header: 'Type',
          cell: ({ contentType, nested, inline }) =>
            `${plain(contentType)}${nested ? ', nested' : ''}${inline ? ', inline' : ''}`,
        },
        { header: 'Size', numeric: true, cell: (file) => size(file.size) },
        {
          header: 'SHA-256',
          cell: ({ sha256 }) => (
            <CopyId id={sha256} what="hash">
              <PageLink to={`/explorer?sha256=${sha256}`}>{sha256.slice(0, 12)}…</PageLink>
            </CopyId>
          ),
        },
        ...(may('operator', 'detector')
          ? [
              {
                header: 'Investigate',
                cell: ({ sha256 }: { readonly sha256: string }) => <StartInvestigation subtle entity={sha256} />,
              },
            ]
          : []),
      ]}
    />
  );
}

/** The addresses that it holds, as text: nothing here can be followed. */
export function Urls({ message }: PartProps) {
  const { may } = useSession();
  return (
    <PlainTable
      label="URLs"
      rows={message.urls}
      idOf={({ url, location }, at) => `${url} ${location} ${at}`}
      empty="No URLs"
      columns={[
        {
          header: 'URL',
          words: true,
          cell: ({ url }) => (
            <CopyId id={url} whole what="URL">
              <MailText>{url}</MailText>
            </CopyId>
          ),
        },
        { header: 'Domain', cell: ({ domain }) => <MailText>{domain}</MailText> },
        {
          header: 'Source',
          cell: ({ location, unwrapped, nested }) =>
            `${location}${unwrapped ? ', unwrapped' : ''}${nested === true ? ', nested' : ''}`,
        },
        ...(may('operator', 'detector')
          ? [
              {
                header: 'Investigate',
                cell: ({ url }: { readonly url: string }) => <StartInvestigation subtle entity={url} />,
              },
            ]
          : []),
      ]}
    />
  );
}
