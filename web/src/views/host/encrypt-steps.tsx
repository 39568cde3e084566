import { useEffect, useState } from 'preact/hooks';
import type { Recipients, SigningKeyInfo } from '../../invitation/model';
import type { HostProblem, Outcome } from '../../state/actions';
import { invitationText } from '../text-invitation';
import type { EncryptProps } from './encrypt';
import { EncryptForm, type InvitationWords } from './encrypt-form';
import { Encrypted } from './encrypted';

/** The two steps: whom it is for and what it says; then the text to send. */
export function EncryptSteps({ meeting, actions, onClose }: EncryptProps) {
  const [signing, setSigning] = useState<Outcome<SigningKeyInfo> | null>(null);
  // Kept for the next person.
  const [words, setWords] = useState<InvitationWords>({ when: '', message: '' });
  const [done, setDone] = useState<{ recipients: Recipients; armored: string } | null>(null);
  useEffect(() => {
    actions.signingKey().then(setSigning);
  }, [actions]);

  const { title, link, password } = meeting;
  const plain = invitationText({ title, link, password, ...words });
  const encrypt = async (recipients: Recipients): Promise<HostProblem | null> => {
    const outcome = await actions.encrypt(recipients, plain);
    if (!outcome.ok) return outcome.problem;
    setDone({ recipients, armored: outcome.value });
    return null;
  };

  if (done)
    return <Encrypted {...done} signing={signing} onAnother={() => setDone(null)} onClose={onClose} />;
  return (
    <EncryptForm
      actions={actions}
      signing={signing}
      words={words}
      onWords={setWords}
      plain={plain}
      onEncrypt={encrypt}
      onClose={onClose}
    />
  );
}
