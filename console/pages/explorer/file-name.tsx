import { MailText } from '../../parts/mail-text';
import { type PlainColumn } from '../../parts/plain-table';

/** What a mail calls a file. */
export const FILE_NAME: PlainColumn<{ readonly fileName: string }> = {
  header: 'File name',
  words: true,
  cell: ({ fileName }) => (
    <MailText wrap none="(no name)">
      {fileName}
    </MailText>
  ),
};
