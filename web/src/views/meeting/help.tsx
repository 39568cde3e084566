import { Dialog } from '../parts/dialog';
import { SourceOffer } from '../parts/source';
import { text } from '../text';

const words = text.help;

export function HelpDialog({ onClose }: { onClose: () => void }) {
  const control = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';
  return (
    <Dialog title={words.title} onClose={onClose}>
      <dl class="shortcuts">
        {words.shortcuts.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p class="help">{words.alternatives(control)}</p>
      <h3>{words.heard}</h3>
      <p>{words.heardLead}</p>
      <h3>{words.hear}</h3>
      <p>{words.hearLead}</p>
      <h3>{words.about}</h3>
      <SourceOffer />
    </Dialog>
  );
}
