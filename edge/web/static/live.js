"use strict";
// Keeps the live page fresh: the camera tells what is new, and the page fetches the picture.
(() => {
  const byId = (id) => document.getElementById(id);
  const picture = byId("live");
  const heat = byId("heat");
  const veil = byId("veil");
  // The camera speaks twice a second. One that is silent for so long is not known to be well.
  const SILENT_MS = 6000;
  const OLD_PICTURE_MS = 8000;
  const AGAIN_MS = 3000;
  const CHART_MS = 10000;
  let heard = Date.now();
  let stream = null;
  let again = 0;
  let newest = null; // the last picture that was told of
  let shown = null;
  let loading = false;
  let pictureAt = Date.now();
  let unknown = false;

  function text(node, words) {
    if (node.textContent !== words) node.textContent = words;
  }

  function element(name, words, kind) {
    const node = document.createElement(name);
    node.textContent = words;
    if (kind) node.className = kind;
    return node;
  }

  function showState(tone, headline, sentence) {
    byId("state").className = `state ${tone}`;
    text(byId("headline"), headline);
    text(byId("sentence"), sentence);
    document.title = tone === "well" ? "Live · Emberwatch" : `${headline} · Emberwatch`;
  }

  function clock(moment) {
    const at = new Date(moment);
    return Number.isNaN(at.getTime()) ? "" : at.toLocaleTimeString([], { hour12: false });
  }

  function since(moment) {
    const at = new Date(moment);
    if (Number.isNaN(at.getTime())) return moment;
    return at.toLocaleString([], { day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", hour12: false });
  }

  let said = "";
  function take(state) {
    unknown = false;
    showState(state.tone, state.headline, state.sentence);
    byId("simulated").hidden = !state.simulated;
    byId("notices-box").hidden = state.notices.length === 0;
    // Redrawn only when it changed: a screen reader reads it aloud.
    const now = JSON.stringify(state.notices);
    if (now !== said) {
      said = now;
      byId("notices").replaceChildren(...state.notices.map((notice) => {
        const item = element("li", notice.problem, notice.signal);
        item.append(element("span", `since ${since(notice.since)}`, "muted"));
        return item;
      }));
    }
    byId("facts-box").hidden = state.facts.length === 0;
    byId("facts").replaceChildren(...state.facts.map(([name, value]) => {
      const pair = document.createElement("div");
      pair.append(element("dt", name), element("dd", value));
      return pair;
    }));
    Overlay.zones(byId("zones"), state.zones);
    for (const button of document.querySelectorAll("#acts button")) {
      const can = state.can.includes(button.value);
      if (button.value.endsWith("test")) button.hidden = !can;
      else button.disabled = !can;
    }
  }

  function fetchPicture() {
    if (loading || !newest || newest === shown) return;
    loading = true;
    const wanted = newest;
    const next = new Image();
    next.onload = () => {
      loading = false;
      shown = wanted;
      pictureAt = Date.now();
      picture.src = next.src;
      text(byId("when"), clock(wanted.at));
      Overlay.heat(heat, next, wanted);
      fetchPicture();
    };
    next.onerror = () => {
      loading = false;
      setTimeout(fetchPicture, AGAIN_MS);
    };
    next.src = `/live/picture.jpg?${wanted.number}-${encodeURIComponent(wanted.at)}`;
  }

  function listen() {
    clearTimeout(again);
    if (stream) stream.close();
    stream = new EventSource("/live/events");
    stream.addEventListener("state", (event) => {
      heard = Date.now();
      take(JSON.parse(event.data));
    });
    stream.addEventListener("picture", (event) => {
      heard = Date.now();
      newest = JSON.parse(event.data);
      fetchPicture();
    });
    stream.onerror = () => {
      stream.close();
      again = setTimeout(listen, AGAIN_MS + Math.random() * AGAIN_MS);
      // Signed out? Then the page is not to be shown any longer.
      fetch("/live/chart", { headers: { "x-csrf-token": "" } })
        .then((response) => { if (response.status === 401) location.reload(); })
        .catch(() => {});
    };
  }

  function watchOver() {
    const now = Date.now();
    if (now - heard > SILENT_MS && !unknown) {
      unknown = true;
      showState("trouble", "No news from the camera",
        "This page cannot reach it. Whether there is fire is not known here.");
    }
    const old = now - pictureAt;
    veil.hidden = old < OLD_PICTURE_MS;
    picture.classList.toggle("old", old >= OLD_PICTURE_MS);
    if (!veil.hidden) text(veil, `No new picture for ${Math.round(old / 1000)} s`);
  }

  async function redraw() {
    if (document.hidden) return;
    try {
      const response = await fetch("/live/chart", { headers: { "x-csrf-token": "" } });
      if (!response.ok) return;
      const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
      const chart = parsed.getElementById("chart");
      if (chart) byId("chart").replaceWith(document.adoptNode(chart));
    } catch { /* the state says so */ }
  }

  async function act(event) {
    event.preventDefault();
    const button = event.submitter;
    if (button.dataset.ask && !await Page.ask(button.dataset.ask, button.textContent)) return;
    await Page.send("/do", { what: button.value });
  }

  const acts = byId("acts");
  if (acts) acts.addEventListener("submit", act);
  byId("show-heat").addEventListener("change", (event) => { heat.hidden = !event.target.checked; });
  byId("show-zones").addEventListener("change", (event) => {
    byId("zones").classList.toggle("off", !event.target.checked);
  });
  // A page that nobody looks at costs the camera nothing.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      clearTimeout(again);
      stream.close();
    } else {
      heard = Date.now();
      listen();
      redraw();
    }
  });
  Overlay.zones(byId("zones"), Page.read("zones-data"));
  listen();
  setInterval(watchOver, 500);
  setInterval(redraw, CHART_MS);
})();
