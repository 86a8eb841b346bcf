"use strict";
// What is drawn over the live picture: where there is hazard, and the zones.
const Overlay = (() => {
  // Heat 0, 1/3, 2/3 and 1; as on the film strip, colours that neither flames nor smoke have.
  const STOPS = [[64, 32, 160], [150, 40, 190], [225, 45, 165], [255, 70, 150]];
  const FAINTEST = 0.1;
  const STRONGEST = 0.45;
  const SVG = "http://www.w3.org/2000/svg";

  function colour(heat) {
    const at = Math.min(2.999, Math.max(0, heat * 3));
    const low = STOPS[Math.floor(at)];
    const high = STOPS[Math.floor(at) + 1];
    return low.map((channel, i) => channel + (high[i] - channel) * (at % 1));
  }

  // `cells` are rows of numbers from 0 to 1, `box` the part of the picture that they cover. A
  // cell says what its own patch looks like; weighed by the frame's hazard, a calm one is cold.
  function heat(canvas, picture, { cells, box, hazard }) {
    const width = picture.naturalWidth || 16;
    const height = picture.naturalHeight || 9;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    if (!cells || !cells.length) return;
    const small = document.createElement("canvas");
    small.width = cells[0].length;
    small.height = cells.length;
    const pixels = new ImageData(small.width, small.height);
    cells.flat().forEach((own, i) => {
      const cell = own * (hazard ?? 1);
      const strength = Math.max(0, (cell - FAINTEST) / (1 - FAINTEST)) ** 0.7 * STRONGEST;
      pixels.data.set([...colour(cell), 255 * strength], 4 * i);
    });
    small.getContext("2d").putImageData(pixels, 0, 0);
    const [left, top, right, bottom] = box;
    context.imageSmoothingQuality = "high";
    context.drawImage(
      small, left * width, top * height, (right - left) * width, (bottom - top) * height);
  }

  function zones(svg, all) {
    svg.replaceChildren(...all.map((zone) => {
      const polygon = document.createElementNS(SVG, "polygon");
      polygon.setAttribute("points", zone.points.map((point) => point.join(",")).join(" "));
      polygon.setAttribute("class", `zone ${zone.kind}`);
      return polygon;
    }));
  }

  return { heat, zones };
})();
