// Goes through the list by the keyboard: it moves the real focus from row to row, so that Enter
// and screen readers do what they always do. Single letters can be switched off (WCAG 2.1.4).

(() => {
  const KEY = "p1line.letters";
  const help = document.getElementById("help");
  const opener = document.getElementById("help-open");
  const letters = document.getElementById("letters");
  const STEPS = { ArrowDown: 1, ArrowUp: -1 };

  function stored() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // a browser that keeps nothing for us
    }
  }

  function step(by) {
    const links = [...document.querySelectorAll("#list tbody a.reference")];
    const row = document.activeElement.closest("#list tbody tr");
    const at = row ? links.findIndex((link) => row.contains(link)) : by > 0 ? -1 : links.length;
    const link = links[Math.min(Math.max(at + by, 0), links.length - 1)];
    if (!link) return;
    link.focus({ preventScroll: true });
    link.closest("tr").scrollIntoView({ block: "nearest" });
  }

  function find() {
    const words = document.getElementById("q");
    words.focus();
    words.select();
  }

  const ACTS = {
    j: () => step(1),
    k: () => step(-1),
    "/": find,
    "?": () => help.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const target = event.target;
    if (help.open || target.closest("input, select, textarea, [contenteditable]")) return;
    const inList = target.closest("#list tbody tr");
    const act = inList && event.key in STEPS ? () => step(STEPS[event.key]) : null;
    const letter = letters.checked ? ACTS[event.key] : null;
    if (!act && !letter) return;
    event.preventDefault();
    (act || letter)();
  });

  letters.checked = stored() !== "off";
  letters.addEventListener("change", () => {
    try {
      localStorage.setItem(KEY, letters.checked ? "on" : "off");
    } catch {
      // as above: it holds for this page
    }
  });
  opener.addEventListener("click", () => help.showModal());
  opener.hidden = false;
})();
