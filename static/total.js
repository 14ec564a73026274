// Adds up what the chosen places cost. Without it the prices stand beside the places, and the next page adds them up.
const types = document.querySelector(".ticket-types[data-currency]");
const total = document.getElementById("total");
const promo = document.getElementById("promo");
const name = total?.querySelector("b");
const plain = name?.textContent;

/** What stands in the field, if it is plain. The server reads more than this. */
function given(id) {
  const typed = document.getElementById(id).value.trim().replace(/['’\s]/g, "").replace(",", ".");
  return /^\d+(\.\d*)?$/.test(typed) ? Number(typed) : NaN;
}

/** What is given for a place, with tax that comes on top, rounded as the server does. Prices have theirs already. */
function taxed(amount, { tax, steps }) {
  if (!tax) return amount;
  const units = Math.round(amount * steps);
  return (units + Math.floor((units * tax + 50_000) / 100_000)) / steps;
}

function add() {
  let sum = 0;
  for (const select of types.querySelectorAll("select")) {
    const { amount, price } = select.dataset;
    const places = Number(select.value);
    if (places > 0) sum += places * (amount ? taxed(given(amount), select.dataset) : Number(price));
  }
  const money = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: types.dataset.currency, currencyDisplay: "code" });
  total.hidden = !(sum > 0);
  // What the code takes off, the server says on the next page.
  name.textContent = promo?.value.trim() ? total.dataset.before : plain;
  total.querySelector("output").textContent = sum > 0 ? money.format(sum) : "";
}

if (types && total) {
  types.addEventListener("input", add);
  // All that some say who choose for a person: assistive programs, password managers.
  types.addEventListener("change", add);
  promo?.addEventListener("input", add);
  add();
}
