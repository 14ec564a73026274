// Keeps a page current while it is open: the server says that something changed, and its parts are fetched anew.
// Without it they are as they were when the page was made.
const shown = document.querySelector("[data-topic]");
const { topic, page, key = "" } = shown?.dataset ?? {};
let cursor = "";
let wait = 500;
let socket;
let due;

async function fetched(address) {
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  if (!answer.ok || answer.redirected) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

async function renew() {
  due = undefined;
  const fresh = await fetched(page);
  const kind = (of) => of.querySelector("[data-live]")?.dataset.live;
  if (!fresh) return;
  // An order that was paid meanwhile has another page.
  if (kind(fresh) !== kind(document)) return location.replace(page);
  for (const part of document.querySelectorAll("[data-live]")) {
    const news = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (news) part.replaceChildren(...news.childNodes);
  }
}

/** Not all who look at a page ask for it in the same moment. */
function soon() {
  if (page) due ??= setTimeout(() => renew().catch(() => {}), Math.random() * 1000);
}

async function portrait() {
  const face = ".site-header .avatar";
  const news = (await fetched("/").catch(() => null))?.querySelector(face);
  if (news) document.querySelector(face)?.replaceWith(news);
}

function heard(said) {
  if (said.event === "ready") wait = 500;
  if (said.event === "avatar_changed" || said.event === "resync") portrait();
  if (said.event === "resync" || (said.event === "payment_updated" && topic === `order/${said.order}`)) soon();
  // Of what one was not connected for, orders tell nothing.
  if (said.event === "ready" && cursor !== "" && topic?.startsWith("order/")) soon();
  cursor = said.cursor ?? cursor;
  if (said.event !== "event_counts" || said.topic !== topic) return;
  const counts = Object.values(said.counts).join();
  if (counts !== shown.dataset.counts) soon();
  shown.dataset.counts = counts;
}

function open() {
  socket = new WebSocket(`${location.origin.replace("http", "ws")}/ws?cursor=${cursor}`);
  socket.onopen = () => topic && socket.send(JSON.stringify({ subscribe: topic, key }));
  socket.onmessage = ({ data }) => heard(JSON.parse(data));
  socket.onclose = ({ code }) => {
    wait = Math.min(wait * 2, 60000);
    // Too late to say what one wants to hear: a device that slept in between.
    if (code < 4000 || (code === 4408 && topic)) setTimeout(open, wait * (0.5 + Math.random()));
  };
}

addEventListener("pagehide", () => {
  socket.onclose = null;
  if (socket.readyState === WebSocket.OPEN) socket.close();
});
addEventListener("pageshow", ({ persisted }) => persisted && open());
open();
