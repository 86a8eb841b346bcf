"use strict";
// The zones editor: polygons drawn on the picture by mouse, finger or pen.
(() => {
  const byId = (id) => document.getElementById(id);
  const data = Page.read("zones-data");
  const svg = byId("drawing");
  const SVG = "http://www.w3.org/2000/svg";
  const SIZE = 1000; // the drawing's own units for the whole width and height
  const KINDS = { watch: "watched", ignore: "ignored", higher: "needs more" };
  const zones = data.zones.map((zone) => structuredClone(zone));
  let chosen = -1;
  let drawing = null; // the corners of a zone that is not closed yet
  let drag = null;
  let changed = false;

  const may = data.may && data.known;
  const round = (share) => Math.round(Math.min(1, Math.max(0, share)) * 10000) / 10000;

  function place(event) {
    const box = svg.getBoundingClientRect();
    return [round((event.clientX - box.left) / box.width), round((event.clientY - box.top) / box.height)];
  }

  function pixels(a, b) {
    const box = svg.getBoundingClientRect();
    return Math.hypot((a[0] - b[0]) * box.width, (a[1] - b[1]) * box.height);
  }

  function node(name, attributes) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  // A handle is round on the screen, whatever the picture's shape.
  function handle(point, kind, index) {
    const box = svg.getBoundingClientRect();
    const radius = kind === "corner" ? 8 : 6;
    return node("ellipse", {
      cx: point[0] * SIZE, cy: point[1] * SIZE,
      rx: radius * SIZE / (box.width || SIZE), ry: radius * SIZE / (box.height || SIZE),
      class: `handle ${kind}`, "data-index": index, "data-kind": kind,
    });
  }

  const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  const path = (points) => points.map(([x, y]) => `${x * SIZE},${y * SIZE}`).join(" ");

  function draw() {
    const parts = zones.map((zone, index) => node("polygon", {
      points: path(zone.points),
      class: `zone ${zone.kind}${index === chosen ? " chosen" : ""}`,
      "data-zone": index,
    }));
    const zone = zones[chosen];
    if (zone && may && !drawing) {
      zone.points.forEach((point, i) => {
        const next = zone.points[(i + 1) % zone.points.length];
        if (zone.points.length < data.limits.points) parts.push(handle(middle(point, next), "between", i));
      });
      zone.points.forEach((point, i) => parts.push(handle(point, "corner", i)));
    }
    if (drawing) {
      parts.push(node("polyline", { points: path(drawing), class: "zone chosen open" }));
      drawing.forEach((point, i) => parts.push(handle(point, "corner", i)));
    }
    svg.replaceChildren(...parts);
  }

  function list() {
    byId("none").hidden = zones.length > 0;
    byId("list").replaceChildren(...zones.map((zone, index) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = index === chosen ? "chosen" : "";
      const name = document.createElement("strong");
      name.textContent = zone.name || "without a name";
      const tag = document.createElement("span");
      tag.className = `tag ${zone.kind}`;
      tag.textContent = [KINDS[zone.kind], ...zone.times, zone.days.join(" ")].filter(Boolean).join(" · ");
      button.append(name, tag);
      button.addEventListener("click", () => choose(index));
      item.append(button);
      return item;
    }));
  }

  function fill() {
    const zone = zones[chosen];
    byId("form").hidden = !zone;
    if (!zone) return;
    byId("name").value = zone.name;
    byId("kind").value = zone.kind;
    byId("times").value = zone.times.join(", ");
    for (const box of document.querySelectorAll('[name="day"]')) box.checked = zone.days.includes(box.value);
    fillRaise();
  }

  function fillRaise() {
    const zone = zones[chosen];
    byId("raise-box").hidden = zone.kind === "ignore";
    byId("raise").value = zone.raise_at ?? data.raise_at;
    byId("raise-words").textContent = Number(byId("raise").value).toFixed(2)
      + (zone.raise_at === null ? " (as elsewhere)" : "");
  }

  function show() {
    draw();
    list();
    const busy = drawing !== null;
    if (!may) return;
    byId("add").hidden = busy;
    byId("undo").hidden = !busy;
    byId("close").hidden = !busy;
    byId("close").disabled = !busy || drawing.length < 3;
    byId("save").disabled = !changed || busy;
    byId("hint").textContent = busy
      ? "Touch the picture at each corner, then the first corner again or “Close the zone”."
      : "Choose a zone to change it. Drag its corners; drag between two corners to make another.";
  }

  function touch() {
    changed = true;
    show();
  }

  function choose(index) {
    chosen = index;
    fill();
    show();
  }

  function closeZone() {
    if (!drawing || drawing.length < 3) return;
    let number = zones.length + 1;
    while (zones.some((zone) => zone.name === `zone ${number}`)) number += 1;
    zones.push({ name: `zone ${number}`, points: drawing, kind: "watch", raise_at: null, times: [], days: [] });
    drawing = null;
    changed = true;
    choose(zones.length - 1);
    byId("name").focus({ preventScroll: true });
    byId("name").select();
  }

  svg.addEventListener("pointerdown", (event) => {
    const at = place(event);
    const target = event.target;
    if (drawing) {
      event.preventDefault();
      if (drawing.length >= 3 && pixels(at, drawing[0]) < 18) closeZone();
      else if (drawing.length < data.limits.points) {
        drawing.push(at);
        show();
      }
      return;
    }
    if (target.dataset.kind && may) {
      const points = zones[chosen].points;
      let index = Number(target.dataset.index);
      if (target.dataset.kind === "between") {
        index += 1;
        points.splice(index, 0, at);
      }
      drag = { index };
    } else if (target.dataset.zone !== undefined) {
      const index = Number(target.dataset.zone);
      if (index === chosen && may) drag = { from: at, points: structuredClone(zones[chosen].points) };
      else choose(index);
    } else {
      choose(-1);
    }
    if (drag) {
      event.preventDefault();
      svg.setPointerCapture(event.pointerId);
    }
  });

  svg.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const at = place(event);
    const zone = zones[chosen];
    if (drag.points) {
      const moved = [0, 1].map((axis) => {
        const all = drag.points.map((point) => point[axis]);
        const by = at[axis] - drag.from[axis];
        return Math.min(1 - Math.max(...all), Math.max(-Math.min(...all), by));
      });
      zone.points = drag.points.map((point) => point.map((share, axis) => round(share + moved[axis])));
    } else {
      zone.points[drag.index] = at;
    }
    changed = true;
    draw();
  });

  for (const name of ["pointerup", "pointercancel"]) {
    svg.addEventListener(name, () => {
      if (!drag) return;
      drag = null;
      show();
    });
  }

  svg.addEventListener("dblclick", (event) => {
    // A corner that is not wanted any more.
    const zone = zones[chosen];
    if (may && event.target.dataset.kind === "corner" && zone && zone.points.length > 3) {
      zone.points.splice(Number(event.target.dataset.index), 1);
      touch();
    }
  });

  byId("again").addEventListener("click", () => {
    byId("live").src = `/live/picture.jpg?${Date.now()}`;
  });

  if (may) {
    byId("add").addEventListener("click", () => {
      if (zones.length >= data.limits.zones) {
        Page.say(`There are ${zones.length} zones: no more fit.`, false);
        return;
      }
      drawing = [];
      choose(-1);
    });
    byId("undo").addEventListener("click", () => {
      if (drawing.length) drawing.pop();
      else drawing = null;
      show();
    });
    byId("close").addEventListener("click", closeZone);
    byId("name").addEventListener("input", (event) => {
      zones[chosen].name = event.target.value;
      touch();
    });
    byId("kind").addEventListener("change", (event) => {
      const zone = zones[chosen];
      zone.kind = event.target.value;
      if (zone.kind === "ignore") zone.raise_at = null;
      if (zone.kind === "higher" && !(zone.raise_at > data.raise_at)) {
        zone.raise_at = Math.round((data.raise_at + (1 - data.raise_at) / 2) * 100) / 100;
      }
      fillRaise();
      touch();
    });
    byId("raise").addEventListener("input", (event) => {
      zones[chosen].raise_at = Number(event.target.value);
      fillRaise();
      touch();
    });
    byId("times").addEventListener("input", (event) => {
      zones[chosen].times = event.target.value.split(",").map((span) => span.trim()).filter(Boolean);
      touch();
    });
    for (const box of document.querySelectorAll('[name="day"]')) {
      box.addEventListener("change", () => {
        zones[chosen].days = [...document.querySelectorAll('[name="day"]:checked')].map((one) => one.value);
        touch();
      });
    }
    byId("remove").addEventListener("click", () => {
      zones.splice(chosen, 1);
      changed = true;
      choose(-1);
    });
    byId("save").addEventListener("click", async () => {
      byId("save").disabled = true;
      changed = !await Page.send("/zones", { zones });
      show();
    });
    addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
  } else if (byId("add")) {
    byId("add").disabled = true;
  }
  addEventListener("resize", draw);
  byId("live").addEventListener("load", draw);
  show();
})();
