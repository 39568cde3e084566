import { signal } from '@preact/signals';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { ParticipantId } from '../../generated/protocol';
import type { ChatLine } from '../../state/model';
import { MessageSquare, Send } from '../icons';
import { names, text } from '../text';
import { useRoom } from './context';
import { Panel } from './panel';
import { readable } from './person';

const words = text.chat;
/** Characters; sealed, it stays far below what a message may be. */
const LONGEST = 4000;
/** Nearer to the end than this, in pixels, new lines are scrolled to. */
const NEAR_END = 80;

/** To whom the next line goes; null for everybody. Set by the people panel, too. */
export const privateTo = signal<ParticipantId | null>(null);

export function ChatPanel() {
  const { meeting, moderator } = useRoom();
  const { chat, settings } = meeting.value;
  return (
    <Panel title={words.title}>
      <Lines lines={chat} />
      {moderator.value || settings.chat ? <Composer /> : <p class="chat-off">{words.off}</p>}
    </Panel>
  );
}

function Lines({ lines }: { lines: readonly ChatLine[] }) {
  const list = useRef<HTMLDivElement>(null);
  const opened = useRef(false);
  const last = lines.at(-1)?.key;
  // It is the new line that moves the view.
  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const newest = element.lastElementChild as HTMLElement | null;
    const fromEnd =
      element.scrollHeight - element.scrollTop - element.clientHeight - (newest?.offsetHeight ?? 0);
    const follow = !opened.current || lines.at(-1)?.mine || fromEnd < NEAR_END;
    opened.current = true;
    if (follow) element.scrollTop = element.scrollHeight;
  }, [last]);
  if (lines.length === 0) {
    return (
      <div class="chat-lines chat-empty">
        <MessageSquare size={32} />
        <p>{words.empty}</p>
        <p class="help">{words.emptyLead}</p>
      </div>
    );
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it.
    <div class="chat-lines" ref={list} role="log" aria-live="off" aria-label={words.title} tabIndex={0}>
      {lines.map((line) => (
        <Line key={line.key} line={line} />
      ))}
    </div>
  );
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

function Line({ line }: { line: ChatLine }) {
  return (
    <article class={line.mine ? 'chat-line mine' : 'chat-line'}>
      <header>
        <span class="chat-name">{line.mine ? words.you : readable(line.name)}</span>
        {line.privatelyTo !== null && (
          <span class="chat-private">
            {line.mine ? words.privatelyTo(line.privatelyTo) : words.privately}
          </span>
        )}
        <time dateTime={new Date(line.at).toISOString()}>{CLOCK.format(line.at)}</time>
      </header>
      <p dir="auto">{line.text}</p>
    </article>
  );
}

function Composer() {
  const { meeting, actions } = useRoom();
  const [draft, setDraft] = useState('');
  const id = useId();
  const others = meeting.value.people.filter((person) => !person.me);
  const to = others.some((person) => person.id === privateTo.value) ? privateTo.value : null;

  const send = () => {
    const body = draft.trim();
    if (body === '') return;
    actions.say(body, to);
    setDraft('');
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div class="composer-to">
        <label for={`${id}-to`}>{words.to}</label>
        <select
          id={`${id}-to`}
          class={to === null ? 'select-inline' : 'select-inline private'}
          value={to === null ? '' : String(to)}
          onChange={(event) => {
            privateTo.value = event.currentTarget.value === '' ? null : Number(event.currentTarget.value);
          }}
        >
          <option value="">{words.everybody}</option>
          {others.map((person) => (
            <option key={person.id} value={String(person.id)}>
              {readable(person.name)}
            </option>
          ))}
        </select>
      </div>
      <div class="composer-line">
        <textarea
          class="input"
          data-first
          rows={2}
          maxLength={LONGEST}
          aria-label={names.message}
          placeholder={names.message}
          value={draft}
          onInput={(event) => setDraft(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
              event.preventDefault();
              send();
            }
          }}
        />
        <button type="submit" class="icon-button send" aria-label={names.send} disabled={draft.trim() === ''}>
          <Send size={20} />
        </button>
      </div>
    </form>
  );
}
