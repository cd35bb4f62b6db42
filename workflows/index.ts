export { deliverWebhook } from './deliver-webhook';
export { investigation } from './investigation';
export { revert } from './revert';
export { runAction } from './run-action';
export { takeAction } from './take-action';
export { indexMailboxes, reconcile, retentionSweep } from './upkeep';
