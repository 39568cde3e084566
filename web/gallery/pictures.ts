// Moving pictures without a camera: a silhouette in a room, or a shared page.

const PALETTE = [
  ['#8fa39a', '#5d7268', '#e0b79a'],
  ['#b7a58c', '#7d6a52', '#8d5a3c'],
  ['#8b93a6', '#565f78', '#f0cfb4'],
  ['#a98f8a', '#6f5450', '#6b4028'],
  ['#9aa07f', '#626a4a', '#d9a680'],
] as const;

const made = new Map<string, MediaStream>();

export function face(index: number): MediaStream {
  return once(`face ${index}`, 640, 360, (context) => {
    const [wall, coat, skin] = PALETTE[index % PALETTE.length] ?? PALETTE[0];
    context.fillStyle = wall;
    context.fillRect(0, 0, 640, 360);
    context.fillStyle = 'rgb(255 255 255 / 14%)';
    context.fillRect(index % 2 ? 60 : 430, 40, 130, 170);
    context.fillStyle = coat;
    context.beginPath();
    context.ellipse(320, 400, 170, 170, 0, 0, 2 * Math.PI);
    context.fill();
    context.fillStyle = skin;
    context.beginPath();
    context.ellipse(320, 165, 68, 86, 0, 0, 2 * Math.PI);
    context.fill();
    context.fillStyle = 'rgb(40 28 20 / 85%)';
    context.beginPath();
    context.ellipse(320, 112, 76, 56, 0, Math.PI, 2 * Math.PI);
    context.fill();
  });
}

export function page(): MediaStream {
  return once('page', 1280, 800, (context) => {
    context.fillStyle = '#fff';
    context.fillRect(0, 0, 1280, 800);
    context.fillStyle = '#234';
    context.font = '600 54px serif';
    context.fillText('Agenda for the winter term', 90, 130);
    context.font = '30px sans-serif';
    ['Greetings', 'What we decided in October', 'Rooms and dates', 'Questions'].forEach((line, index) => {
      context.fillText(`${index + 1}.  ${line}`, 90, 230 + index * 70);
    });
    context.fillStyle = '#e8e4da';
    context.fillRect(760, 190, 420, 420);
  });
}

function once(key: string, width: number, height: number, draw: (context: CanvasRenderingContext2D) => void) {
  const known = made.get(key);
  if (known) return known;
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  const stream = canvas.captureStream(5);
  const paint = () => draw(context);
  paint();
  // A stream has a frame only after something was drawn.
  setInterval(paint, 200);
  made.set(key, stream);
  return stream;
}
