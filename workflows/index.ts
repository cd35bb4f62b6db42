export { investigation } from './investigation';
export { revert } from './revert';
export { runAction } from './run-action';
export { reconcile, retentionSweep } from './upkeep';
