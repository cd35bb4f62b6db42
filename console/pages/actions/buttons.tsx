import { Button, Menu, MenuButton, MenuItem, MenuList, MenuPopover, MenuTrigger } from '@fluentui/react-components';
import { ArrowUndoRegular } from '@fluentui/react-icons/svg/arrow-undo';
import { CheckmarkRegular } from '@fluentui/react-icons/svg/checkmark';
import { DismissRegular } from '@fluentui/react-icons/svg/dismiss';
import { MailInboxRegular } from '@fluentui/react-icons/svg/mail-inbox';
import { MoreHorizontalRegular } from '@fluentui/react-icons/svg/more-horizontal';
import { useState } from 'react';
import { type Destination } from '../../api/actions';
import { type Action } from '../../api/types';
import { useSession } from '../../app/session';
import { DecideDialog } from './decide-dialog';
import { RetryDialog, StopDialog } from './run-dialogs';
import { RevertDialog } from './revert-dialog';

type Asked = 'approve' | 'reject' | 'stop' | 'retry' | Destination;

const STOPPABLE: readonly Action['status'][] = ['Approved', 'Running'];
const RETRIED: readonly Action['status'][] = ['Partially Completed', 'Failed'];

/** What may be done with an action as it is now, by whom is signed in: nothing else is offered. */
export function ActionButtons({ action, etag }: { readonly action: Action; readonly etag: string }) {
  const { may } = useSession();
  const [asked, setAsked] = useState<Asked | null>(null);
  if (!may('approver')) return null;
  const close = (): void => setAsked(null);
  const { failed, unverified } = action.outcomes;
  return (
    <>
      {action.status === 'Pending' && (
        <>
          <Button appearance="primary" icon={<CheckmarkRegular />} onClick={() => setAsked('approve')}>
            Approve
          </Button>
          <Button icon={<DismissRegular />} onClick={() => setAsked('reject')}>
            Reject
          </Button>
        </>
      )}
      {STOPPABLE.includes(action.status) && <Button onClick={() => setAsked('stop')}>Stop</Button>}
      {RETRIED.includes(action.status) && failed + unverified > 0 && (
        <Button onClick={() => setAsked('retry')}>Retry</Button>
      )}
      {action.revertible && (
        <>
          <Button icon={<MailInboxRegular />} onClick={() => setAsked('inbox')}>
            Move to Inbox
          </Button>
          <Button icon={<ArrowUndoRegular />} onClick={() => setAsked('original')}>
            Restore to original folders
          </Button>
          <Menu>
            <MenuTrigger disableButtonEnhancement>
              <MenuButton
                appearance="subtle"
                aria-label="More actions"
                icon={<MoreHorizontalRegular />}
                menuIcon={null}
              />
            </MenuTrigger>
            <MenuPopover>
              <MenuList>
                <MenuItem onClick={() => setAsked('junk')}>Move to Junk</MenuItem>
              </MenuList>
            </MenuPopover>
          </Menu>
        </>
      )}
      {(asked === 'approve' || asked === 'reject') && (
        <DecideDialog action={action} etag={etag} decision={asked} onClose={close} />
      )}
      {(asked === 'original' || asked === 'inbox' || asked === 'junk') && (
        <RevertDialog action={action} destination={asked} onClose={close} />
      )}
      {asked === 'stop' && <StopDialog action={action} onClose={close} />}
      {asked === 'retry' && <RetryDialog action={action} onClose={close} />}
    </>
  );
}
