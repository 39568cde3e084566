// Runs in the page after `signals.js`, for pictures that are made to be looked at: draws a person in a room in
// place of the plain colour. `look`: `{ wall, lamp, skin, hair, shirt, long, shelf }`: colours as CSS writes them,
// whether the hair is long, and by how much the shelf is moved.
(look) => {
  const width = 1280;
  const height = 720;

  function draw(context, seconds) {
    const sway = Math.sin(seconds * 0.9) * 6;
    const circle = (x, y, radius) => {
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fill();
    };
    const ellipse = (x, y, wide, high) => {
      context.beginPath();
      context.ellipse(x, y, wide, high, 0, 0, 2 * Math.PI);
      context.fill();
    };

    // The wall, lit from one side, with a shelf.
    const light = context.createLinearGradient(0, 0, width, height);
    light.addColorStop(0, look.lamp);
    light.addColorStop(1, look.wall);
    context.fillStyle = light;
    context.fillRect(0, 0, width, height);
    context.save();
    context.translate(look.shelf, 0);
    context.fillStyle = 'rgb(0 0 0 / 18%)';
    context.fillRect(870, 250, 330, 14);
    const books = ['#8a4b38', '#2f5d62', '#c9a66b', '#44506b', '#7d8471'];
    books.forEach((colour, index) => {
      context.fillStyle = colour;
      context.fillRect(890 + index * 38, 150 + (index % 3) * 16, 28, 100 - (index % 3) * 16);
    });
    context.fillStyle = '#4f7a52';
    for (const [x, y] of [
      [1130, 190],
      [1160, 170],
      [1150, 215],
    ])
      ellipse(x, y, 26, 18);
    context.fillStyle = '#b56b45';
    context.fillRect(1125, 215, 50, 36);
    context.restore();

    // The person.
    const x = 560 + sway;
    context.fillStyle = look.hair;
    if (look.long) ellipse(x, 380, 170, 250);
    else ellipse(x, 265, 142, 140);
    context.fillStyle = look.shirt;
    context.beginPath();
    context.moveTo(x - 330, height);
    context.quadraticCurveTo(x - 300, 545, x - 90, 520);
    context.lineTo(x + 90, 520);
    context.quadraticCurveTo(x + 300, 545, x + 330, height);
    context.fill();
    context.fillStyle = look.skin;
    context.fillRect(x - 48, 430, 96, 100);
    circle(x, 520, 48);
    ellipse(x, 315, 122, 150);
    context.fillStyle = 'rgb(0 0 0 / 10%)';
    ellipse(x, 466, 48, 12);
    context.fillStyle = look.hair;
    context.beginPath();
    context.ellipse(x, 235, 128, 90, 0, Math.PI, 2 * Math.PI);
    context.quadraticCurveTo(x + 60, 190, x - 20, 215);
    context.quadraticCurveTo(x - 90, 225, x - 128, 235);
    context.fill();
    // Eyes that never blink, lest a picture be taken just then, and a mouth that talks a little.
    context.fillStyle = '#2b2320';
    ellipse(x - 45, 315, 9, 10);
    ellipse(x + 45, 315, 9, 10);
    context.strokeStyle = '#2b2320';
    context.lineWidth = 7;
    context.lineCap = 'round';
    for (const side of [-1, 1]) {
      context.beginPath();
      context.moveTo(x + side * 66, 282);
      context.quadraticCurveTo(x + side * 45, 270, x + side * 24, 280);
      context.stroke();
    }
    context.strokeStyle = '#8c3f3a';
    context.beginPath();
    context.moveTo(x - 38, 388);
    context.quadraticCurveTo(x, 412 + Math.sin(seconds * 5) * 6, x + 38, 388);
    context.stroke();
    context.strokeStyle = 'rgb(0 0 0 / 18%)';
    context.beginPath();
    context.moveTo(x + 4, 325);
    context.quadraticCurveTo(x + 18, 352, x - 2, 356);
    context.stroke();
  }

  globalThis.signals.pictureTrack = () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: width / 2, height: height / 2 });
    const context = canvas.getContext('2d', { alpha: false });
    context.scale(0.5, 0.5);
    draw(context, 0);
    const [track] = canvas.captureStream(8).getVideoTracks();
    const timer = setInterval(() => draw(context, performance.now() / 1000), 1000 / 8);
    return globalThis.signals.stoppable(track, () => clearInterval(timer));
  };
};
