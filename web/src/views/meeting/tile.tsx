import type { Rect } from '../../layout/grid';
import type { Tile } from '../../layout/scene';
import type { Person } from '../../state/model';
import { CirclePause, Hand, MicOff, Pin, PinOff, Volume2, WifiOff } from '../icons';
import { Avatar } from '../parts/avatar';
import { Video } from '../parts/video';
import { text } from '../text';
import { boxStyle } from './box';
import { useRoom } from './context';
import { handPlace, nameOf, readable } from './person';
import { RoleBadge } from './role-badge';
import { ScreenView } from './screen-view';
import { SignalBars } from './signal-bars';

interface Props {
  tile: Tile;
  rect: Rect;
  onStage: boolean;
  floating: boolean;
}

/** Below this width a tile shows only what cannot be left out. */
const SMALL = 200;
/** From this width on, there is room for a role beside the name. */
const ROOMY = 280;

export function TileView({ tile, rect, onStage, floating }: Props) {
  const { person, source, key } = tile;
  const small = rect.width < SMALL;
  const classes = [
    'tile',
    small && 'tile-small',
    floating && 'tile-floating',
    onStage && 'tile-stage',
    person.speaking && source === 'camera' && 'tile-speaking',
    !person.connected && 'tile-away',
  ];
  return (
    <section
      class={classes.filter(Boolean).join(' ')}
      style={boxStyle(rect)}
      aria-label={source === 'screen' ? text.room.screenOf(readable(person.name)) : nameOf(person)}
      data-participant={person.id}
      data-source={source}
      data-key={key}
    >
      <Picture tile={tile} onStage={onStage} />
      {source === 'camera' && <Marks person={person} />}
      <div class="tile-foot">
        {source === 'camera' && !person.live.includes('microphone') && (
          <span class="tile-muted">
            <MicOff size={14} />
            <span class="visually-hidden">{text.room.muted}</span>
          </span>
        )}
        <span class="tile-name">{labelOf(person, source)}</span>
        {source === 'screen' && person.live.includes('screen_audio') && (
          <span class="tile-sound">
            <Volume2 size={16} />
            <span class="visually-hidden">{text.room.sharingSound}</span>
          </span>
        )}
        {source === 'camera' && <RoleBadge person={person} compact={rect.width < ROOMY} />}
        {source === 'camera' && !person.me && <SignalBars quality={person.quality} />}
      </div>
      {!person.me && <PinButton tile={tile} />}
    </section>
  );
}

function labelOf(person: Person, source: Tile['source']): string {
  if (source === 'screen') return text.room.screenOf(readable(person.name));
  return person.me ? text.room.you : readable(person.name);
}

function Picture({ tile, onStage }: { tile: Tile; onStage: boolean }) {
  const { actions } = useRoom();
  const { person, source, video } = tile;
  const stream = person.me && source === 'camera' ? actions.ownCamera() : actions.stream(person.id, source);
  const paused = video && actions.paused(person.id, source);
  if (source === 'screen')
    return (
      <>
        <ScreenView stream={stream} zoomable={onStage} name={readable(person.name)} />
        {paused && <Paused />}
      </>
    );
  return (
    <>
      {(!video || stream === null || paused) && (
        <div class="tile-face">
          <Avatar identity={person.identity} name={person.name} size="tile" />
        </div>
      )}
      {video && !paused && <Video stream={stream} mirrored={person.me} fit="cover" />}
      {paused && person.connected && <Paused />}
      {!person.connected && (
        <p class="tile-away-words">
          <WifiOff size={18} />
          <span>{text.room.away}</span>
        </p>
      )}
    </>
  );
}

/** A last picture that stands still would look as if the person did. */
function Paused() {
  return (
    <p class="tile-paused">
      <CirclePause size={16} />
      <span>{text.room.paused}</span>
    </p>
  );
}

/** A raised hand with its place in the queue, and reactions. */
function Marks({ person }: { person: Person }) {
  const { meeting } = useRoom();
  const reactions = meeting.value.reactions.filter((reaction) => reaction.from === person.id);
  const place = handPlace(meeting.value.people, person);
  return (
    <div class="tile-marks">
      {place !== null && (
        <span class="tile-hand">
          <Hand size={16} />
          <span aria-hidden="true">{place}</span>
          <span class="visually-hidden">{text.room.handUp(place)}</span>
        </span>
      )}
      {reactions.map((reaction) => (
        <span key={reaction.key} class="tile-reaction">
          {reaction.emoji}
        </span>
      ))}
    </div>
  );
}

function PinButton({ tile: { person, source } }: { tile: Tile }) {
  const { ui, actions } = useRoom();
  const { pinned } = ui.value;
  const isPinned = pinned?.participant === person.id && pinned.source === source;
  const name = source === 'screen' ? text.room.screenOf(readable(person.name)) : readable(person.name);
  return (
    <button
      type="button"
      class={isPinned ? 'tile-pin pinned' : 'tile-pin'}
      aria-label={isPinned ? text.room.unpinPerson(name) : text.room.pinPerson(name)}
      onClick={() => actions.setInterface({ pinned: isPinned ? null : { participant: person.id, source } })}
    >
      {isPinned ? <PinOff size={18} /> : <Pin size={18} />}
    </button>
  );
}
