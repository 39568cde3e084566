import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { HostMeeting, InvitationActions } from '../../state/actions';
import { Dialog } from '../parts/dialog';
import { ProblemNote } from '../parts/problem';
import { text } from '../text';

export interface EncryptProps {
  meeting: HostMeeting;
  actions: InvitationActions;
  onClose: () => void;
}

/** R1: an invitation for a public key. What is in the dialog is loaded when it is opened: few need it. */
export function EncryptInvitation(props: EncryptProps) {
  const [content, setContent] = useState<{ Steps: FunctionComponent<EncryptProps> } | 'failed' | null>(null);
  useEffect(() => {
    import('./encrypt-steps').then(
      ({ EncryptSteps }) => setContent({ Steps: EncryptSteps }),
      () => setContent('failed'),
    );
  }, []);
  return (
    <Dialog title={text.host.encrypt.title} onClose={props.onClose} wide>
      {content === null && <p class="help">{text.loading}</p>}
      <ProblemNote>{content === 'failed' ? text.host.problem.unreachable : null}</ProblemNote>
      {content !== null && content !== 'failed' && <content.Steps {...props} />}
    </Dialog>
  );
}
