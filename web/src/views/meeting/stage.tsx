import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Rect, Size } from '../../layout/grid';
import { place, roomFor } from '../../layout/place';
import { type Scene, scene, type Tile, watched } from '../../layout/scene';
import { ChevronLeft, ChevronRight, QrCode as QrIcon, Users } from '../icons';
import { CopyButton } from '../parts/copy';
import { QrCode } from '../parts/qr';
import { names, text } from '../text';
import { Mark } from '../wordmark';
import { boxStyle } from './box';
import { useRoom } from './context';
import { TileView } from './tile';

/** Everybody's pictures. Who is where comes from the pure functions of `layout`. */
export function Stage() {
  const { meeting, ui, actions } = useRoom();
  const [page, setPage] = useState(0);
  const frame = useRef<HTMLDivElement>(null);
  const stage = useRef<HTMLElement>(null);
  const size = useSize(frame);
  // One has just come in: here begins what there is to hear and see.
  useEffect(() => stage.current?.focus(), []);

  const { people, speakers, settings } = meeting.value;
  const { layout, pinned, selfView } = ui.value;
  const shown = useMemo(
    () => scene({ people, settings, speakers, layout, pinned, selfView, page, roomFor: roomFor(size) }),
    [people, settings, speakers, layout, pinned, selfView, page, size],
  );
  const placed = useMemo(() => place(shown, size), [shown, size]);
  useWatch(shown, placed.tiles);

  return (
    <main class="stage" aria-label={names.stage} tabIndex={-1} ref={stage}>
      <div class="stage-frame" ref={frame}>
        {shown.kind === 'alone' && (shown.audience === 0 ? <Alone /> : <NobodySpeaks />)}
        {inStableOrder(shown).map((tile) => {
          const rect = placed.tiles.get(tile.key);
          return (
            rect && (
              <TileView
                key={tile.key}
                tile={tile}
                rect={rect}
                onStage={shown.kind === 'stage' && shown.stage.key === tile.key}
                floating={shown.floating?.key === tile.key}
              />
            )
          );
        })}
        {shown.kind === 'stage' && placed.more && (
          <button
            type="button"
            class="more-people"
            style={boxStyle(placed.more)}
            onClick={() => actions.setInterface({ panel: 'people' })}
          >
            +{shown.more}
            <span class="visually-hidden"> · {names.people}</span>
          </button>
        )}
      </div>
      <div class="stage-foot">
        {shown.kind === 'tiles' && shown.pages > 1 && (
          <Pager page={shown.page} pages={shown.pages} onPage={setPage} />
        )}
        {shown.audience > 0 && (
          <button
            type="button"
            class="button audience-count"
            onClick={() => actions.setInterface({ panel: 'people' })}
          >
            <Users size={18} />
            {text.audience.count(shown.audience)}
          </button>
        )}
      </div>
    </main>
  );
}

/** By key, so that a tile that moves keeps its element, and its video goes on. */
function inStableOrder(shown: Scene): Tile[] {
  const main =
    shown.kind === 'alone' ? [] : shown.kind === 'tiles' ? shown.tiles : [shown.stage, ...shown.strip];
  const all = shown.floating ? [...main, shown.floating] : [...main];
  return all.sort((a, b) => a.person.id - b.person.id || a.source.localeCompare(b.source));
}

function useSize(element: { current: HTMLElement | null }): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return;
    const measure = () => setSize({ width: target.clientWidth, height: target.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return size;
}

/** Tells the session what is on the screen, when that changes. */
function useWatch(shown: Scene, rects: ReadonlyMap<string, Rect>): void {
  const { actions } = useRoom();
  const density = Math.min(window.devicePixelRatio || 1, 2);
  const tiles = watched(shown).map(({ key, person, source }) => ({
    participant: person.id,
    source,
    heightPx: Math.round((rects.get(key)?.height ?? 0) * density),
  }));
  const summary = JSON.stringify(tiles);
  // The summary stands for the tiles, which are new each time.
  useEffect(() => actions.watch(tiles), [actions, summary]);
}

function Pager({ page, pages, onPage }: { page: number; pages: number; onPage: (page: number) => void }) {
  return (
    <nav class="pager" aria-label={text.room.page(page + 1, pages)}>
      <button
        type="button"
        class="icon-button"
        aria-label={text.room.previousPage}
        disabled={page === 0}
        onClick={() => onPage(page - 1)}
      >
        <ChevronLeft size={20} />
      </button>
      <span role="status">{text.room.page(page + 1, pages)}</span>
      <button
        type="button"
        class="icon-button"
        aria-label={text.room.nextPage}
        disabled={page >= pages - 1}
        onClick={() => onPage(page + 1)}
      >
        <ChevronRight size={20} />
      </button>
    </nav>
  );
}

function NobodySpeaks() {
  return (
    <section class="alone">
      <Mark size={64} />
      <p>{text.audience.nobody}</p>
    </section>
  );
}

function Alone() {
  const { meeting } = useRoom();
  const [qr, setQr] = useState(false);
  const link = meeting.value.inviteLink;
  return (
    <section class="alone">
      {qr ? <QrCode value={link} label={text.host.invite.qr} /> : <Mark size={64} />}
      <h2>{text.room.alone}</h2>
      <p>{text.room.aloneLead}</p>
      <div class="row">
        <CopyButton label={names.copyLink} value={link} />
        <button type="button" class="button" aria-expanded={qr} onClick={() => setQr(!qr)}>
          <QrIcon size={18} />
          {qr ? text.people.hideQr : text.people.qr}
        </button>
      </div>
    </section>
  );
}
