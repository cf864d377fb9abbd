// Keeps the list fresh without taking anybody's place: fetches what the page shows, and changes
// what has changed, node by node, so that focus, scroll and selection stay where they are.

(() => {
  const EVERY = 5000; // milliseconds between two looks
  const BEHIND = 15000; // the same where nobody sees the page, and a P1 is to be announced
  const LONGEST = 30000; // between two tries while the connection is lost
  const PATIENCE = 10000; // for one answer

  const freshness = document.getElementById("freshness");
  const lost = document.getElementById("lost");
  const news = document.getElementById("news");
  // Where there is little room the chosen view may be out of sight.
  const view = document.querySelector(".tabs [aria-current]");
  view.closest("ul").scrollLeft = view.offsetLeft - view.closest("ul").offsetLeft - 32;
  if (freshness.dataset.refreshing !== "yes") return;

  const address = new URL(location.href);
  for (const spent of ["refresh", "lang"]) address.searchParams.delete(spent);
  const said = freshness.querySelector("span");
  let tag = "";
  let at = (said.textContent.match(/\d\d:\d\d:\d\d/) || [""])[0];
  let failures = 0;
  let timer = 0;
  let looking = false;

  async function look() {
    clearTimeout(timer);
    if (looking) return;
    looking = true;
    try {
      await ask();
      failures = 0;
      lost.hidden = true;
    } catch {
      failures += 1;
      say(lost, at);
      lost.hidden = false;
    } finally {
      looking = false;
      later();
    }
  }

  async function ask() {
    const headers = { "P1line-Part": "list" };
    if (tag) headers["If-None-Match"] = tag;
    const answer = await fetch(address, {
      headers,
      cache: "no-store",
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE),
    });
    // Signed out, or not allowed any more: the page itself says so better than we can.
    if (answer.type === "opaqueredirect" || answer.status === 403) return location.reload();
    if (answer.status !== 304) {
      if (!answer.ok || !answer.headers.has("P1line-Part")) throw new Error(answer.status);
      show(await answer.text());
      tag = answer.headers.get("ETag");
    }
    at = answer.headers.get("P1line-At");
    say(freshness, at, said);
    document.dispatchEvent(new CustomEvent("list:fresh"));
  }

  function later() {
    clearTimeout(timer);
    const wanted = document.documentElement.dataset.alerts === "yes";
    if (document.hidden && !wanted) return;
    const pause = document.hidden ? BEHIND : EVERY;
    timer = setTimeout(look, Math.min(pause * 2 ** Math.min(failures, 5), Math.max(pause, LONGEST)));
  }

  function say(words, moment, into = words) {
    const text = words.dataset.words.replace("{at}", moment);
    if (into.textContent !== text) into.textContent = text;
  }

  // What changes ------------------------------------------------------------------------------

  function show(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const place = kept();
    const known = new Set(rows().map((row) => row.id));
    for (const id of ["strip", "list"]) {
      settle(document.getElementById(id), fresh.getElementById(id));
    }
    place();
    document.title = document.getElementById("list").dataset.title;
    tell(rows().filter((row) => !known.has(row.id)).length);
  }

  function rows() {
    return [...document.querySelectorAll("#list tbody tr")];
  }

  function tell(count) {
    if (!count) return;
    news.textContent = count === 1 ? news.dataset.one : news.dataset.many.replace("{count}", count);
  }

  // Remembers who has the focus and which row is where; what it returns puts them back.
  function kept() {
    const active = document.activeElement;
    const focused = active.closest("#list tbody tr");
    const index = focused ? rows().indexOf(focused) : -1;
    const seen = focused || rows().find((row) => row.getBoundingClientRect().bottom > 0);
    const top = seen && seen.getBoundingClientRect().top;
    return () => {
      const now = seen && document.getElementById(seen.id);
      if (focused && document.activeElement !== active) {
        const next = now || rows()[Math.min(index, rows().length - 1)];
        const name = active.classList[0];
        const target = next && (next.querySelector(`a.${name}`) || next.querySelector("a"));
        if (target) target.focus({ preventScroll: true });
      }
      if (now && scrollY > 0) scrollBy(0, now.getBoundingClientRect().top - top);
    };
  }

  // Makes `old` as `fresh` is, and keeps each node that stays: those with an id are known by it.
  function settle(old, fresh) {
    if (old.isEqualNode(fresh)) return;
    if (old.nodeType === Node.TEXT_NODE) {
      old.data = fresh.data;
      return;
    }
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    const wanted = new Set([...fresh.children].map((child) => child.id));
    for (const child of [...old.children]) {
      if (child.id && !wanted.has(child.id)) child.remove();
    }
    const byId = new Map([...old.children].map((child) => [child.id, child]));
    let at = old.firstChild;
    for (const next of [...fresh.childNodes]) {
      const stays = next.id ? byId.get(next.id) : at && isLike(at, next) ? at : null;
      if (!stays) {
        old.insertBefore(document.importNode(next, true), at);
        continue;
      }
      if (stays === at) at = at.nextSibling;
      else old.insertBefore(stays, at);
      settle(stays, next);
    }
    while (at) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
  }

  function isLike(old, fresh) {
    return old.nodeName === fresh.nodeName && !old.id && !fresh.id;
  }

  // When --------------------------------------------------------------------------------------

  document.addEventListener("visibilitychange", () => (document.hidden ? later() : look()));
  document.addEventListener("list:alerts", later);
  addEventListener("online", look);
  addEventListener("pageshow", (event) => event.persisted && look());
  say(freshness, at, said);
  later();
})();
