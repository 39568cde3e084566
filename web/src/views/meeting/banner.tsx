import type { Signal } from '@preact/signals';
import type { Link } from '../../state/model';
import { Mic, MonitorUp, WifiOff } from '../icons';
import { text } from '../text';
import { useRoom } from './context';

/** What is going on with the connection and with oneself, as long as it lasts. */
export function Banner({ held }: { held: Signal<boolean> }) {
  const { link, sharing, actions } = useRoom();
  const trouble = linkWords(link.value);
  return (
    <section class="banners" aria-label={text.room.state}>
      <div role="status">
        {trouble && (
          <p class="banner banner-warn">
            <WifiOff size={18} />
            {trouble}
          </p>
        )}
        {held.value && (
          <p class="banner">
            <Mic size={18} />
            {text.room.pushToTalk}
          </p>
        )}
      </div>
      {sharing.value && (
        <p class="banner">
          <MonitorUp size={18} />
          {text.room.sharingBanner}
          <button type="button" class="button button-small" onClick={() => actions.setSharing(false)}>
            {text.room.stopSharing}
          </button>
        </p>
      )}
    </section>
  );
}

export function linkWords(link: Link): string | null {
  switch (link.kind) {
    case 'up':
      return null;
    case 'reconnecting':
      return text.room.reconnecting(link.attempt);
    case 'media':
      if (link.attempt > 1) return text.room.mediaBlocked;
      return link.again ? text.room.mediaAgain : text.room.media;
  }
}
