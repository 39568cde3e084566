import { hueOf, initials } from '../identity';

export function Avatar({
  identity,
  name,
  size = 'small',
}: {
  identity: string;
  name: string | null;
  size?: 'small' | 'tile';
}) {
  return (
    <span class={`avatar avatar-${size} hue-${hueOf(identity)}`} aria-hidden="true">
      {initials(name ?? '')}
    </span>
  );
}
