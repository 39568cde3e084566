import { Check, ShieldCheck, TriangleAlert } from '../icons';
import { text } from '../text';

/** K1, K3: what a meeting protects and what it does not, where a person decides. */
export function Protects() {
  return (
    <details class="protects">
      <summary>
        <ShieldCheck size={20} />
        <span>
          <span class="protects-title">{text.protects.title}</span>
          <span class="protects-summary">{text.protects.summary}</span>
        </span>
      </summary>
      <ProtectsPoints />
    </details>
  );
}

/** The points alone, where a heading stands above them. */
export function ProtectsPoints() {
  return (
    <ul class="protects-points">
      {text.protects.points.map(([kind, point]) => (
        <li key={point} class={`protects-${kind}`}>
          {kind === 'yes' ? <Check size={18} /> : <TriangleAlert size={18} />}
          <span class="visually-hidden">{kind === 'yes' ? text.protects.does : text.protects.doesNot}: </span>
          <span>{point}</span>
        </li>
      ))}
    </ul>
  );
}
