import { useEffect, useState } from 'preact/hooks';
import { Check, Copy } from '../icons';
import { text } from '../text';

/** Copies and says so for a moment. */
export function CopyButton({ label, value, quiet }: { label: string; value: string; quiet?: boolean }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2500);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <button
      type="button"
      class={quiet ? 'button button-quiet' : 'button'}
      onClick={() => {
        navigator.clipboard.writeText(value).then(
          () => setCopied(true),
          () => setCopied(false),
        );
      }}
    >
      {copied ? <Check size={18} /> : <Copy size={18} />}
      {label}
      <span class="copied" role="status">
        {copied ? text.copied : ''}
      </span>
    </button>
  );
}
