import { useState } from 'preact/hooks';
import type { Security } from '../../state/model';
import { ShieldAlert, ShieldCheck } from '../icons';
import { Dialog } from '../parts/dialog';
import { ProtectsPoints } from '../parts/protects';
import { text } from '../text';
import { useRoom } from './context';
import { useNarrow } from './use-narrow';

const words = text.security;

type Standing = 'secured' | 'coming' | 'alarm';

/** A quiet sign that the meeting is encrypted from person to person, and what stands behind it. */
export function SecuritySign() {
  const { meeting } = useRoom();
  const [open, setOpen] = useState(false);
  const narrow = useNarrow();
  const { security, settings } = meeting.value;
  const standing = standingOf(security);
  return (
    <>
      <button type="button" class={`security-sign security-${standing}`} onClick={() => setOpen(true)}>
        {standing === 'secured' ? <ShieldCheck size={18} /> : <ShieldAlert size={18} />}
        <span class={narrow && standing !== 'alarm' ? 'security-words visually-hidden' : 'security-words'}>
          {words.sign[standing]}
        </span>
      </button>
      {open && (
        <Dialog title={words.sign[standing]} onClose={() => setOpen(false)}>
          <SecurityDetails security={security} strict={settings.strict} />
        </Dialog>
      )}
    </>
  );
}

function SecurityDetails({ security, strict }: { security: Security; strict: boolean }) {
  const { code, hidden, outside } = security;
  return (
    <div class="security">
      {hidden > 0 && (
        <p class="security-alarm" role="alert">
          {words.hidden(hidden)}
        </p>
      )}
      {outside > 0 && <p class="security-alarm">{words.outside(outside)}</p>}
      {code === null ? (
        <p class="lead">{words.coming}</p>
      ) : (
        <>
          <p class="lead">{words.lead}</p>
          <section class="security-code" aria-label={words.code}>
            <h3>{words.code}</h3>
            <p class="security-digits">
              {code.split(' ').map((group) => (
                <span key={group}>{group}</span>
              ))}
            </p>
            <p class="help">{words.compare}</p>
          </section>
        </>
      )}
      {strict && <p class="help">{words.strict}</p>}
      <h3>{text.protects.title}</h3>
      <ProtectsPoints />
    </div>
  );
}

function standingOf({ code, hidden, outside }: Security): Standing {
  if (hidden > 0 || outside > 0) return 'alarm';
  return code === null ? 'coming' : 'secured';
}
