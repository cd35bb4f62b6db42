import { Button, Menu, MenuButton, MenuItem, MenuList, MenuPopover, MenuTrigger } from '@fluentui/react-components';
import { ArrowUndoRegular } from '@fluentui/react-icons/svg/arrow-undo';
import { CheckmarkRegular } from '@fluentui/react-icons/svg/checkmark';
import { DismissRegular } from '@fluentui/react-icons/svg/dismiss';
import { MailInboxRegular } from '@fluentui/react-icons/svg/mail-inbox';
import { MoreHorizontalRegular } from '@fluentui/react-icons/svg/more-horizontal';
import { useState } from 'react';
import { type Destination } from '../../api/actions';
import { type Role } from '../../api/session';
import { type Action } from '../../api/types';
import { useSession } from '../../app/session';
import { DecideDialog } from './decide-dialog';
import { RetryDialog, StopDialog } from './run-dialogs';
import { RevertDialog } from './revert-dialog';

type Asked = 'approve' | 'reject' | 'stop' | 'retry' | Destination;

const STOPPABLE: readonly Action['status'][] = ['Freezing', 'Approved', 'Running'];
const RETRIED: readonly Action['status'][] = ['Partially Completed', 'Failed'];

/** Who may allow an action of a type: what is deleted for good is an admin's to allow. */
export function allows(type: Action['actionType']): Role {
  return type === 'hardDelete' ? 'admin' : 'approver';
}

/** What may be done with an action as it is now, by whom is signed in: nothing else is offered. */
export function ActionButtons({ action, etag }: { readonly action: Action; readonly etag: string }) {
  const { may } = useSession();
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = (): void => setAsked(null);
  const { failed, unverified } = action.outcomes;
  return (
    <>
      {action.status === 'Pending' && (
        <>
          {may(allows(action.actionType)) && (
            <Button appearance="primary" icon={<CheckmarkRegular />} onClick={() => setAsked('approve')}>
              Approve
            </Button>
          )}
          {may('approver') && (
            <Button icon={<DismissRegular />} onClick={() => setAsked('reject')}>
              Reject
            </Button>
          )}
        </>
      )}
      {STOPPABLE.includes(action.status) && may('approver') && <Button onClick={() => setAsked('stop')}>Stop</Button>}
      {RETRIED.includes(action.status) &&
        failed + unverified > 0 &&
        may('approver') &&
        may(allows(action.actionType)) && <Button onClick={() => setAsked('retry')}>Retry</Button>}
      {action.revertible && may('approver') && (
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
        <RevertDialog actions={[action]} destination={asked} onClose={close} />
      )}
      {asked === 'stop' && <StopDialog action={action} onClose={close} />}
      {asked === 'retry' && <RetryDialog action={action} onClose={close} />}
    </>
  );
}
