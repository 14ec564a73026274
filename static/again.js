// While work goes on, asks for this page again every few seconds and shows what it says then. Without it there is a link.
const EVERY = 3000;

async function again() {
  if (!document.querySelector("[data-again=on]")) return;
  if (!document.hidden) {
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelectorAll("[data-again]");
      document.querySelectorAll("[data-again]").forEach((part, n) => {
        part.dataset.again = fresh[n].dataset.again;
        part.replaceChildren(...fresh[n].childNodes);
      });
    } catch {
      // No network for a moment: the next try may have one.
    }
  }
  setTimeout(again, EVERY);
}

setTimeout(again, EVERY);
