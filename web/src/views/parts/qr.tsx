import { generate } from 'lean-qr';
import { toSvgPath } from 'lean-qr/extras/svg';
import { useMemo } from 'preact/hooks';

/** White margin that scanners need, in modules (ISO/IEC 18004). */
const QUIET = 4;

export function QrCode({ value, label }: { value: string; label: string }) {
  const code = useMemo(() => generate(value), [value]);
  const side = code.size + 2 * QUIET;
  return (
    <svg class="qr" viewBox={`${-QUIET} ${-QUIET} ${side} ${side}`} role="img" aria-label={label}>
      <path d={toSvgPath(code)} />
    </svg>
  );
}
