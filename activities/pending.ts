import { type Pause, type ReasonDetail, withSecondPerson } from '../domain/policy';
import { type AutomationSettings } from '../domain/settings';
import { type ActionDoc } from '../store/actions';
import { type AutomationState } from '../store/control';

/** The pause that the policy judges by; `null` where automation is not paused. */
export function pauseOf({ paused, by, since }: AutomationState): Pause | null {
  return paused ? { by, since: since?.toISOString() ?? null } : null;
}

/** What an action of automation becomes where it is to wait for a person after all. */
export function pendingFields(
  messageCount: number,
  settings: AutomationSettings,
  reasons: readonly ReasonDetail[],
  expiresAt: Date,
): Partial<ActionDoc> {
  return {
    status: 'Pending',
    reasons: withSecondPerson(reasons, messageCount, settings),
    decidedBy: null,
    decidedAt: null,
    startedAt: null,
    actionSource: 'Manual email action',
    settingsVersion: settings.version,
    expiresAt,
  };
}
