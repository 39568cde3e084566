import type { PasskeyActions } from '../../state/actions';
import { LoadedDialog } from '../parts/loaded-dialog';
import { text } from '../text';

export interface PasskeysProps {
  actions: PasskeyActions;
  onClose: () => void;
}

/** S1: with what a host signs in beside the password. */
export function PasskeysDialog(props: PasskeysProps) {
  const load = () => import('./passkey-settings').then(({ PasskeySettings }) => PasskeySettings);
  return <LoadedDialog title={text.host.account.passkeys} load={load} content={props} />;
}
