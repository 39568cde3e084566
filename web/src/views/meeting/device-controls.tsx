// Microphone and camera: on or off, and which.

import type { Choice, Device } from '../../state/model';
import { ChevronUp, Mic, MicOff, Video, VideoOff } from '../icons';
import { Menu, MenuChoice, MenuGroup } from '../parts/menu';
import { names, text } from '../text';
import { BarButton } from './bar-button';
import { useRoom } from './context';

export function MicrophoneControl({ narrow }: { narrow: boolean }) {
  const { microphone, state, actions } = useRoom();
  const device = microphone.value;
  return (
    <div class={narrow ? 'bar-split bar-split-narrow' : 'bar-split'}>
      <BarButton
        name={names.microphone}
        label={text.bar.mic}
        pressed={device.on}
        tone={device.on ? undefined : 'off'}
        onClick={() => actions.setMicrophone(!device.on)}
      >
        {device.on ? <Mic size={22} /> : <MicOff size={22} />}
      </BarButton>
      {!narrow && (
        <Menu label={names.microphoneMenu} triggerClass="bar-arrow" trigger={<ChevronUp size={16} />}>
          <DeviceChoices
            title={names.microphone}
            device={device}
            onChoose={(id) => actions.chooseDevice('microphone', id)}
          />
          <SpeakerChoices
            speakers={state.value.devices.speakers}
            chosen={state.value.devices.speaker}
            onChoose={(id) => actions.chooseDevice('speaker', id)}
          />
        </Menu>
      )}
    </div>
  );
}

export function CameraControl({ narrow }: { narrow: boolean }) {
  const { camera, actions } = useRoom();
  const device = camera.value;
  return (
    <div class={narrow ? 'bar-split bar-split-narrow' : 'bar-split'}>
      <BarButton
        name={names.camera}
        label={text.bar.camera}
        pressed={device.on}
        tone={device.on ? undefined : 'off'}
        onClick={() => actions.setCamera(!device.on)}
      >
        {device.on ? <Video size={22} /> : <VideoOff size={22} />}
      </BarButton>
      {!narrow && (
        <Menu label={names.cameraMenu} triggerClass="bar-arrow" trigger={<ChevronUp size={16} />}>
          <DeviceChoices
            title={names.camera}
            device={device}
            onChoose={(id) => actions.chooseDevice('camera', id)}
          />
        </Menu>
      )}
    </div>
  );
}

function DeviceChoices({
  title,
  device,
  onChoose,
}: {
  title: string;
  device: Device;
  onChoose: (id: string) => void;
}) {
  const chosen = device.chosen ?? device.choices[0]?.id;
  return (
    <MenuGroup title={title}>
      {device.choices.length === 0 && <p class="menu-empty">{text.bar.noChoice}</p>}
      {device.choices.map(({ id, label }) => (
        <MenuChoice key={id} kind="radio" checked={id === chosen} onSelect={() => onChoose(id)}>
          {label}
        </MenuChoice>
      ))}
    </MenuGroup>
  );
}

interface SpeakerProps {
  speakers: readonly Choice[];
  chosen: string | null;
  onChoose: (id: string) => void;
}

function SpeakerChoices({ speakers, chosen, onChoose }: SpeakerProps) {
  if (speakers.length === 0) return null;
  return (
    <MenuGroup title={text.bar.speakers}>
      {speakers.map(({ id, label }) => (
        <MenuChoice
          key={id}
          kind="radio"
          checked={id === (chosen ?? speakers[0]?.id)}
          onSelect={() => onChoose(id)}
        >
          {label}
        </MenuChoice>
      ))}
    </MenuGroup>
  );
}
