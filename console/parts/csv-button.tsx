import { Button } from '@fluentui/react-components';
import { ArrowDownloadRegular } from '@fluentui/react-icons/svg/arrow-download';
import { useMutation } from '@tanstack/react-query';
import { type CsvSource, saveCsv } from '../api/csv';
import { useNotices } from './notices';

/** Saves the whole list under these filters, not only what has been scrolled past. */
export function CsvButton({
  fileName,
  text = 'Export CSV',
  ...source
}: CsvSource & {
  readonly fileName: string;
  readonly text?: string;
}) {
  const { failed } = useNotices();
  const { mutate, isPending } = useMutation({
    mutationFn: () => saveCsv(source, fileName),
    onError: (error) => failed('The list could not be exported', error),
  });
  return (
    <Button appearance="subtle" icon={<ArrowDownloadRegular />} disabled={isPending} onClick={() => mutate()}>
      {isPending ? 'Exporting' : text}
    </Button>
  );
}
