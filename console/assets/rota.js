// The rota's calendar with scripts: bars open in a window over it, a drag along a row fills in the
// form, the edge of a bar stretches it. Every act is a form of the server's, which works without.

const DAY = 1440; // minutes
const WEEK = 7 * DAY;
const STEP = 30; // minutes: what a drag over a week snaps to; over a month it is a whole day
const SLACK = 6; // pixels that a hand may tremble before a press is a drag
const board = document.querySelector(".board");

// A page of the server's, shown in a window -----------------------------------------------------

async function open(url) {
  const answer = await fetch(url).catch(() => null);
  const shows = answer?.ok && !answer.redirected;
  const page = shows && new DOMParser().parseFromString(await answer.text(), "text/html");
  const panel = page && page.querySelector(".panel");
  if (!panel) return location.assign(url);
  const dialog = document.createElement("dialog");
  dialog.className = "window";
  dialog.setAttribute("aria-labelledby", panel.getAttribute("aria-labelledby"));
  dialog.append(closer(dialog), document.importNode(panel, true));
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("pointerdown", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  (dialog.querySelector("[autofocus]") ?? dialog.querySelector("h1")).focus();
}

function closer(dialog) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "close";
  button.ariaLabel = board.dataset.close;
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawing.setAttribute("viewBox", "0 0 16 16");
  drawing.setAttribute("aria-hidden", "true");
  const cross = document.createElementNS(drawing.namespaceURI, "path");
  cross.setAttribute("d", "M3 3l10 10M13 3L3 13");
  drawing.append(cross);
  button.append(drawing);
  button.addEventListener("click", () => dialog.close());
  return button;
}

function openOnClick(event) {
  const link = event.target.closest("a[data-dialog]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  open(link.href);
}

// Places in a week: minutes on the wall clock since its Monday -----------------------------------

function minutes(text, monday) {
  return (Date.parse(`${text}Z`) - Date.parse(`${monday}T00:00Z`)) / 60_000;
}

function local(at, monday) {
  return new Date(Date.parse(`${monday}T00:00Z`) + at * 60_000);
}

function field(at, monday) {
  return local(at, monday).toISOString().slice(0, 16);
}

function said(span, monday) {
  const language = `${document.documentElement.lang}-CA`;
  const part = (form) => new Intl.DateTimeFormat(language, { ...form, timeZone: "UTC" });
  const day = part({ weekday: "long", day: "numeric", month: "long" });
  const hour = part({ hour: "numeric", minute: "2-digit" });
  const filled = (words, facts) => words.replace(/%(\d)/g, (_, n) => facts[n - 1]);
  const moments = span
    .map((at) => local(at, monday))
    .map((at) => filled(board.dataset.moment, [day.format(at), hour.format(at)]));
  return filled(board.dataset.span, moments);
}

function snapped(at, track) {
  const month = board.classList.contains("month");
  const step = month ? DAY : STEP;
  const from = month ? Number(track.dataset.handover) : 0;
  return Math.min(Math.max(Math.round((at - from) / step) * step + from, 0), WEEK);
}

// What is being drawn ---------------------------------------------------------------------------

class Ghost {
  constructor(track) {
    this.track = track;
    this.box = document.createElement("li");
    this.box.className = "ghost";
    this.words = document.createElement("span");
    this.words.className = "said";
    this.words.setAttribute("role", "status");
    this.box.append(this.words);
    track.append(this.box);
  }

  show(one, other) {
    this.span = [Math.min(one, other), Math.max(one, other)];
    const [start, end] = this.span;
    this.box.style.insetInlineStart = `${(start / WEEK) * 100}%`;
    this.box.style.width = `${((end - start) / WEEK) * 100}%`;
    this.box.classList.toggle("late", start > WEEK / 2);
    this.words.textContent = said(this.span, this.track.dataset.monday);
  }

  gone() {
    this.box.remove();
  }
}

/** The form for the hours that were drawn; `more` is what else is known of them. */
function enter(track, span, more = {}) {
  const { monday, level } = track.dataset;
  const query = new URLSearchParams({
    level,
    from: field(span[0], monday),
    until: field(span[1], monday),
    view: board.dataset.view,
    ...more,
  });
  open(`${board.dataset.new}?${query}`);
}

/** The bar's new edge is at `at`: what was entered by hand changes its hours; of a turn, the hours
    that it gains are its agent's, and those that it loses are somebody else's. */
function stretch(link, edge, at, track) {
  const { agent, from, until } = link.dataset;
  const { monday } = track.dataset;
  const ends = { from: minutes(from, monday), until: minutes(until, monday) };
  if ("move" in link.dataset) {
    const url = new URL(link.href);
    const hours = { from, until, [edge]: field(at, monday) };
    for (const [name, value] of Object.entries({ form: "move", ...hours }))
      url.searchParams.set(name, value);
    return open(url.href);
  }
  const grows = edge === "until" ? at > ends.until : at < ends.from;
  enter(track, [at, ends[edge]].sort((a, b) => a - b), grows ? { agent } : {});
}

// By pointer ------------------------------------------------------------------------------------

function press(event) {
  const track = event.target.closest(".track");
  if (!track || event.button || !wide.matches) return;
  const handle = event.target.closest(".handle");
  const link = event.target.closest(".slot a");
  const box = track.getBoundingClientRect();
  const place = (x) => snapped(((x - box.left) / box.width) * WEEK, track);
  const edge = handle?.dataset.edge;
  const start = edge ? minutes(link.dataset[edge], track.dataset.monday) : place(event.clientX);
  let ghost;
  const move = (moved) => {
    if (!ghost && Math.abs(moved.clientX - event.clientX) < SLACK) return;
    ghost ??= new Ghost(track);
    ghost.show(start, place(moved.clientX));
  };
  const end = (ended) => {
    stop.abort();
    if (!ghost) return;
    ghost.gone();
    swallowClick(ended.type !== "keydown");
    const at = place(ended.clientX);
    if (ended.type !== "pointerup" || at === start) return;
    if (edge) stretch(link, edge, at, track);
    else enter(track, ghost.span);
  };
  const stop = new AbortController();
  const { signal } = stop;
  addEventListener("pointermove", move, { signal });
  addEventListener("pointerup", end, { signal });
  addEventListener("pointercancel", end, { signal });
  addEventListener("keydown", (key) => key.key === "Escape" && end(key), { signal });
}

/** The click that ends a drag opens nothing: after Escape it comes when the button is let go. */
function swallowClick(isUp) {
  const swallow = (click) => {
    click.preventDefault();
    click.stopPropagation();
  };
  const over = () => setTimeout(() => removeEventListener("click", swallow, true));
  addEventListener("click", swallow, true);
  if (isUp) over();
  else addEventListener("pointerup", over, { once: true });
}

// By keyboard -----------------------------------------------------------------------------------

let drawn; // the bar whose end is being moved, with its ghost

function key(event) {
  const link = event.target.closest?.(".slot a[data-agent]");
  if (!link || !wide.matches) return;
  const track = link.closest(".track");
  const arrow = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (arrow && event.shiftKey) {
    event.preventDefault();
    if (drawn?.link !== link) forget();
    const until = minutes(link.dataset.until, track.dataset.monday);
    drawn ??= { link, at: until, until, ghost: new Ghost(track) };
    const step = board.classList.contains("month") ? DAY : STEP;
    drawn.at = Math.min(Math.max(drawn.at + arrow * step, 0), WEEK);
    drawn.ghost.show(drawn.until, drawn.at);
  } else if (event.key === "Enter" && drawn?.link === link && drawn.at !== drawn.until) {
    event.preventDefault();
    const { at } = drawn;
    forget();
    stretch(link, "until", at, track);
  } else if (event.key === "Escape") {
    forget();
  }
}

function forget() {
  drawn?.ghost.gone();
  drawn = undefined;
}

// Set up ----------------------------------------------------------------------------------------

const wide = matchMedia("(min-width: 48rem)");

function handles(link) {
  for (const [edge, cut] of [["from", ".cut-before"], ["until", ".cut-after"]]) {
    if (link.closest(cut)) continue;
    const handle = document.createElement("span");
    handle.className = "handle";
    handle.dataset.edge = edge;
    link.append(handle);
  }
}

if (board) {
  document.addEventListener("click", openOnClick);
  if (board.dataset.new) {
    board.classList.add("drawn");
    board.querySelectorAll(".slot a[data-stretch]").forEach(handles);
    board.addEventListener("pointerdown", press);
    board.addEventListener("dragstart", (event) => event.preventDefault());
    board.addEventListener("keydown", key);
    board.addEventListener("focusout", forget);
  }
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
    button.textContent = button.dataset.done;
  });
}
