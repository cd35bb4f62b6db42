import { defineSignal } from '@temporalio/workflow';

/** An alert joined the investigation: it is in MongoDB, the signal only wakes the workflow. */
export const alertJoinedSignal = defineSignal('alertJoined');
