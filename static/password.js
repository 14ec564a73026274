// Says while a new password is typed what it lacks. The rule itself stands on the page and the server decides.
const meter = document.querySelector(".strength");
const field = meter && document.getElementById("password");
const hint = document.getElementById("password-h");

const letters = (text) => text.toLowerCase().replace(/\P{Alphabetic}/gu, "");

/** The person's name, its words, and the address: what must not be the whole password. */
function own() {
  const typed = ["name", "email", "username"].map((name) => field.form.elements[name]?.value ?? "");
  const words = typed.flatMap((text) => [text, ...text.split(/\s+/), text.split("@")[0]]);
  return words.filter((word) => word.length > 2).map(letters);
}

function look() {
  const { long, short, ...words } = meter.dataset;
  const text = field.value.normalize("NFC");
  const length = [...text].length;
  const lacks = [[words.length, length >= short], [words.capital, /\p{Uppercase}/u.test(text)],
    [words.small, /\p{Lowercase}/u.test(text)], [words.digit, /\p{N}/u.test(text)],
    [words.other, /[^\p{Alphabetic}\p{N}]/u.test(text)]].filter(([, has]) => !has).map(([word]) => word);
  const mine = letters(text) !== "" && own().includes(letters(text));
  const good = !mine && (length >= long || lacks.length === 0);
  const share = good ? 1 : Math.min(0.9, Math.max(length / long, (Math.min(length, short) / short + 4 - lacks.length) / 6));
  meter.querySelector("rect").setAttribute("width", length === 0 ? 0 : Math.round(Math.max(0.04, share) * 100));
  meter.classList.toggle("good", good);
  const said = meter.querySelector("[role=status]");
  said.textContent = length === 0 ? "" : good ? words.good : mine ? words.mine : words.lacks.replace("{what}", lacks.join(", "));
  hint.hidden = length > 0;
}

if (field) {
  field.addEventListener("input", look);
  look();
}
