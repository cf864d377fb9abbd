/* Keeps the page of an incident up to date while it is open: its parts are fetched again and put
   in the place of the old ones, but never of one that is being used. Without it the page is the
   same, as it was when it was opened. */
(() => {
  "use strict";

  const CALM = 5000, CALLING = 1500, SLOWEST = 30000, PATIENCE = 10000; // milliseconds
  let page, parts, etag, latest, timer, calling, failures, said;

  function begin() {
    clearTimeout(timer);
    page = document.getElementById("live");
    if (!page) return;
    parts = new Map();
    for (const part of document.querySelectorAll("[data-live]")) parts.set(part.dataset.live, bare(part));
    latest = page.dataset.seen;
    etag = null;
    failures = 0;
    calling = document.querySelector(".calling.going") !== null;
    said = spoken(document);
    later();
  }

  function later() {
    clearTimeout(timer);
    const pause = calling ? CALLING : CALM;
    timer = setTimeout(refresh, Math.min(pause * 2 ** failures, SLOWEST));
  }

  async function refresh() {
    clearTimeout(timer);
    if (document.hidden) return; // looked at again, it is refreshed at once
    const asked = page;
    try {
      const answer = await fetch(`${page.dataset.liveUrl}?seen=${page.dataset.seen}`, {
        headers: etag ? { "If-None-Match": etag } : {},
        redirect: "manual",
        cache: "no-store",
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (asked !== page) return; // an act has brought a new page meanwhile
      if (answer.type === "opaqueredirect") {
        trouble("ended");
        return;
      }
      if (answer.ok) {
        etag = answer.headers.get("ETag");
        put(await answer.text());
      } else if (answer.status !== 304) {
        throw new Error(`${answer.status}`);
      }
      failures = 0;
      trouble(null);
    } catch {
      if (asked !== page) return;
      failures += 1;
      trouble("lost");
    }
    later();
  }

  function put(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const root = fresh.getElementById("live");
    if (!root) throw new Error("not the page's parts");
    const token = document.querySelector('main [name="csrf_token"], [name="csrf_token"]')?.value ?? "";
    for (const next of fresh.querySelectorAll("[data-live]")) {
      const name = next.dataset.live, text = bare(next);
      const part = document.querySelector(`[data-live="${name}"]`);
      if (!part || text === parts.get(name)) continue;
      if (isInUse(part)) {
        etag = null; // asked for again, until it may be replaced
        continue;
      }
      for (const field of next.querySelectorAll('[name="csrf_token"]')) field.setAttribute("value", token);
      replace(part, next);
      parts.set(name, text);
    }
    know(root.dataset.seen);
    calling = root.dataset.calls !== undefined;
    say();
  }

  /* What is decided from now on is decided knowing of the last event; a form that was begun before
     is checked against what was known then. */
  function know(seen) {
    latest = seen;
    for (const form of document.querySelectorAll("main form:not([data-dirty]):not([data-sending])"))
      for (const field of form.querySelectorAll('[name="seen"]')) field.value = seen;
  }

  const bare = (part) =>
    part.innerHTML.replace(/(name="(?:csrf_token|seen)" value=")[^"]*/g, "$1").trim();

  function isInUse(part) {
    const active = document.activeElement;
    if (part.querySelector("form[data-dirty], form[data-sending], details[open]")) return true;
    if ([...part.querySelectorAll("audio")].some((player) => !player.paused)) return true;
    if (part.contains(active) && active.matches("textarea, select, input")) return true;
    const selection = document.getSelection();
    return selection?.type === "Range" && part.contains(selection.anchorNode);
  }

  function replace(part, next) {
    const active = part.contains(document.activeElement) ? document.activeElement : null;
    const address = active?.closest("form")?.getAttribute("action");
    part.replaceChildren(...next.childNodes);
    if (!active) return;
    const same = address && part.querySelector(`form[action="${address}"] button`);
    const there = (active.id && document.getElementById(active.id)) || same || part.querySelector("h2");
    if (!there) return;
    if (there.matches("h2")) there.tabIndex = -1;
    there.focus({ preventScroll: true });
  }

  const spoken = (root) =>
    [...root.querySelectorAll("[data-said], .news li")].map((each) => each.textContent.trim()).join(" ");

  function say() {
    const now = spoken(document);
    if (now === said) return;
    said = now;
    document.getElementById("said").textContent = now;
  }

  function trouble(what) {
    const place = document.getElementById("trouble");
    if (!what) {
      if (place.dataset.what === "lost") place.hidden = true;
      return;
    }
    const shown = place.hidden ? "" : place.dataset.what;
    if (what === shown || (what === "lost" && shown === "unsent")) return;
    place.dataset.what = what;
    place.textContent = page.dataset[what];
    document.getElementById("said").textContent = page.dataset[what];
    if (what === "ended") {
      const link = document.createElement("a");
      link.href = page.dataset.path;
      link.textContent = page.dataset.signIn;
      place.append(" ", link);
    }
    place.hidden = false;
  }

  /* The transcript is fetched when it is unfolded, for that reading is noted. */
  async function unfold(details) {
    const place = details.querySelector(":scope > :not(summary)");
    try {
      const answer = await fetch(`${details.dataset.fetch}?part`, { redirect: "manual" });
      if (!answer.ok) throw new Error(`${answer.status}`);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      delete details.dataset.fetch;
      const words = document.createElement("div");
      words.replaceChildren(...fresh.body.childNodes);
      place.replaceWith(words);
    } catch {
      place.textContent = page.dataset.read;
    }
  }

  document.addEventListener("toggle", (event) => {
    if (event.target.open && event.target.dataset.fetch) unfold(event.target);
  }, true);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-read]")) return;
    page.dataset.seen = latest;
    etag = null;
    document.querySelector('[data-live="news"]').replaceChildren();
    refresh();
  });
  document.addEventListener("visibilitychange", () => { if (page && !document.hidden) refresh(); });
  window.addEventListener("online", () => { if (page) refresh(); });
  document.addEventListener("incident:new", begin);
  begin();
})();
