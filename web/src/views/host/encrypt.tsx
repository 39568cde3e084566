import type { HostMeeting, InvitationActions } from '../../state/actions';
import { LoadedDialog } from '../parts/loaded-dialog';
import { text } from '../text';

export interface EncryptProps {
  meeting: HostMeeting;
  actions: InvitationActions;
  onClose: () => void;
}

/** R1: an invitation for a public key. */
export function EncryptInvitation(props: EncryptProps) {
  const load = () => import('./encrypt-steps').then(({ EncryptSteps }) => EncryptSteps);
  return <LoadedDialog title={text.host.encrypt.title} load={load} content={props} />;
}
