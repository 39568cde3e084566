// One colour and one tone for each person of a scene, so far apart that coding does not confuse them.

const palette = [
  { colour: [200, 30, 30], tone: 420 },
  { colour: [30, 160, 60], tone: 660 },
  { colour: [40, 70, 210], tone: 930 },
  { colour: [220, 190, 30], tone: 1270 },
  { colour: [180, 40, 190], tone: 1690 },
  { colour: [30, 180, 190], tone: 2110 },
];

/** What the next person sends. Screens are grey, lighter for each person, with a tone far above all voices. */
export function signature(index) {
  const { colour, tone } = palette[index];
  const grey = 40 + 35 * index;
  return { colour, tone, screen: [grey, grey, grey], screenTone: 3000 + 300 * index };
}

const distance = (one, other) => Math.hypot(...one.map((value, at) => value - other[at]));

/** Whether a received colour is this one. VP8 shifts a plain colour by a few steps. */
export function isColour(received, colour) {
  return distance(received, colour) < 40;
}

/** Whether a heard frequency is this tone: within two bins of the analysis. */
export function isTone(heard, tone) {
  return heard !== null && Math.abs(heard - tone) < 15;
}
