import { useEffect, useRef, useState } from 'preact/hooks';
import { text } from '../text';
import { useRoom } from './context';
import { readable } from './person';

/** Says to screen readers what is otherwise only seen: new chat lines, and one's own devices going on or off. */
export function Announcer() {
  const { meeting, microphone, camera } = useRoom();
  const [said, setSaid] = useState('');

  const line = meeting.value.chat.at(-1);
  const microphoneOn = microphone.value.on;
  const cameraOn = camera.value.on;
  useOnChange(line?.key, () => {
    if (line && !line.mine) setSaid(text.chat.announce(readable(line.name), line.text));
  });
  useOnChange(microphoneOn, () => setSaid(microphoneOn ? text.room.unmuted : text.room.muted));
  useOnChange(cameraOn, () => setSaid(cameraOn ? text.room.cameraIsOn : text.room.cameraIsOff));

  return (
    <div class="visually-hidden" role="status">
      {said}
    </div>
  );
}

/** Runs when the value is another than the last time, not the first time. */
function useOnChange(value: unknown, run: () => void): void {
  const before = useRef(value);
  useEffect(() => {
    if (before.current === value) return;
    before.current = value;
    run();
  });
}
