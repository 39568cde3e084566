import { useState } from 'preact/hooks';
import type { HostActions, HostProblem } from '../../state/actions';
import { ChevronDown, UserRound } from '../icons';
import { Confirm, Dialog } from '../parts/dialog';
import { PasswordField } from '../parts/field';
import { Menu, MenuItem } from '../parts/menu';
import { ProblemNote } from '../parts/problem';
import { names, text } from '../text';
import { isUsable, NewPasswordFields } from './new-password';
import { PasskeysDialog } from './passkeys';

const words = text.host.account;

export function AccountMenu({ name, actions }: { name: string; actions: HostActions }) {
  const [open, setOpen] = useState<'password' | 'passkeys' | 'everywhere' | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <Menu
        label={`${names.account} · ${name}`}
        triggerClass="button button-quiet account-button"
        trigger={
          <>
            <UserRound size={18} />
            <span class="account-name">{name}</span>
            <ChevronDown size={16} />
          </>
        }
      >
        <MenuItem onSelect={() => setOpen('password')}>{words.changePassword}</MenuItem>
        <MenuItem onSelect={() => setOpen('passkeys')}>{words.passkeys}</MenuItem>
        <MenuItem onSelect={() => actions.signOut(false)}>{names.signOut}</MenuItem>
        <MenuItem onSelect={() => setOpen('everywhere')}>{words.everywhere}</MenuItem>
      </Menu>
      {open === 'password' && <ChangePassword actions={actions} onClose={close} />}
      {open === 'passkeys' && <PasskeysDialog actions={actions.passkeys} onClose={close} />}
      {open === 'everywhere' && (
        <Confirm
          title={words.everywhereTitle}
          lead={words.everywhereLead}
          confirm={words.everywhere}
          onConfirm={() => actions.signOut(true)}
          onClose={close}
        />
      )}
    </>
  );
}

function ChangePassword({ actions, onClose }: { actions: HostActions; onClose: () => void }) {
  const [old, setOld] = useState('');
  const [next, setNext] = useState({ password: '', repeated: '' });
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(false);
  const [failure, setFailure] = useState<HostProblem | null>(null);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (!isUsable(next)) return;
    setBusy(true);
    const outcome = await actions.changePassword(old, next.password);
    setBusy(false);
    setDone(outcome.ok);
    setFailure(outcome.ok ? null : outcome.problem);
  };

  return (
    <Dialog title={words.changePassword} onClose={onClose}>
      {done ? (
        <p role="status">{words.changed}</p>
      ) : (
        <form class="form" onSubmit={submit}>
          <ProblemNote>{failure && text.host.problem[failure]}</ProblemNote>
          <PasswordField label={words.old} value={old} onInput={setOld} autocomplete="current-password" />
          <NewPasswordFields value={next} onChange={setNext} label={words.new} />
          <div class="dialog-actions">
            <button type="button" class="button" onClick={onClose}>
              {names.cancel}
            </button>
            <button
              type="submit"
              class="button button-primary"
              disabled={busy || !isUsable(next)}
              aria-busy={busy}
            >
              {words.change}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
