import { Printer } from '../icons';
import { CopyButton } from '../parts/copy';
import { Threshold } from '../parts/threshold';
import { names, text } from '../text';

const words = text.host.code;

/** The code, once. It goes only where the person puts it. */
export function RecoveryCode({ code, onKept }: { code: string; onKept: () => void }) {
  // Groups keep together when the line breaks.
  const groups = code.split(/[\s-]+/);
  return (
    <Threshold>
      <h1>{words.title}</h1>
      <p class="lead">{words.lead}</p>
      <h2 class="visually-hidden">{words.label}</h2>
      <p class="code">
        {groups.map((group, index) => (
          <span key={`${index}-${group}`}>{group} </span>
        ))}
      </p>
      <p class="help">{words.how}</p>
      <div class="row no-print">
        <CopyButton label={words.copy} value={code} />
        <button type="button" class="button" onClick={() => window.print()}>
          <Printer size={18} />
          {text.print}
        </button>
      </div>
      <button type="button" class="button button-primary button-large no-print" onClick={onKept}>
        {names.keptCode}
      </button>
    </Threshold>
  );
}
