"""Has guests fight for few paid places, pay them at the stand-in and get their money back, and remembers what each was told.

  buy.py load URL LEDGER SECONDS     ask without pause; says how many paid and how many got their money back
  buy.py look URL LEDGER             once all has settled: money and places agree with what everybody was told

A line of LEDGER is `event SLUG`, `paid SLUG ORDER` once the stand-in has the money, or `back SLUG ORDER` once the host's
refund was taken in.
"""
import http.client
import json
import sys
import threading
import time
import urllib.parse

from drive import call, event, token

PLACES, PRICE, BUYERS = 5, 2800, 12


def post(base, path, fields=()):
    """A form as a browser sends it, without going where it leads: (status, where that is)."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(base).netloc, timeout=30)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    try:
        connection.request("POST", path, urllib.parse.urlencode(fields), headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers.get("location", "")
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()


class Fight:
    def __init__(self, base, ledger, seconds):
        self.base, self.until, self.token = base, time.monotonic() + seconds, token(base, ledger)
        self.lock, self.making = threading.Lock(), threading.Lock()
        self.ledger = open(ledger, "a", encoding="utf-8")
        self.slug, self.told, self.number = None, {"event": 0, "paid": 0, "back": 0}, 0
        self.refused = self.unanswered = self.full = 0
        self.wrong = []

    def tell(self, *words):
        with self.lock:
            self.told[words[0]] += 1
            self.ledger.write(" ".join(words) + "\n")
            self.ledger.flush()

    def count(self, what):
        with self.lock:
            setattr(self, what, getattr(self, what) + 1)

    def next_event(self, over):
        """The event that everybody wants into; another one once that is full."""
        with self.making:
            if self.slug != over:
                return self.slug
            self.number += 1
            wanted = event(f"Fight {time.time_ns()} {self.number}")
            wanted["ticket_types"] = [{"name": "Seat", "capacity": PLACES, "pricing": "fixed", "price": PRICE}]
            status, made = call(self.base, "POST", "/api/v1/events", wanted, self.token)
            if status == 201:
                self.slug = made["data"]["slug"]
                self.tell("event", self.slug)
            elif status < 500:
                self.wrong.append(f"no event can be made: {status} {made}")
            else:
                self.count("refused")
            return self.slug

    def buys(self, buyer):
        slug, number = None, 0
        while time.monotonic() < self.until and not self.wrong:
            number += 1
            try:
                slug = slug or self.next_event(None)
                if slug and not self.buy(slug, buyer, number):
                    slug = self.next_event(slug)
            except OSError:
                self.count("unanswered")
                time.sleep(0.05)  # the server is away; this is no test that waits for a result

    def buy(self, slug, buyer, number):
        """From the form to the stand-in's page and back. False if there is no place left."""
        name = f"buyer {buyer} {number}"
        fields = {"name": name, "email": f"{name.replace(' ', '.')}.{time.time_ns()}@example.org", "places": "1", "pay": "now"}
        status, order = post(self.base, f"/events/{slug}/orders", fields)
        if status in (409, 422):
            self.count("full")
            return False
        if status != 303 or "/orders/" not in order:
            return self.count("refused") or True
        path, _, key = order.partition("?")
        for step, form in ((f"{path}/payment?{key}", ()), (None, {"do": "pay"})):
            status, to = post(self.base, step or to, form)
            if status != 303:
                return self.count("refused") or True
        order = path.split("/")[2]
        self.tell("paid", slug, order)
        if self.told["paid"] % 3 == 0:
            asked = {"all": True}
            status, _ = call(self.base, "POST", f"/api/v1/events/{slug}/orders/{order}/refunds", asked, self.token)
            if status == 201:
                self.tell("back", slug, order)
            else:
                self.count("refused")
        return True


def load(base, ledger, seconds):
    fight = Fight(base, ledger, float(seconds))
    buyers = [threading.Thread(target=fight.buys, args=(n,)) for n in range(BUYERS)]
    for one in buyers:
        one.start()
    for one in buyers:
        one.join()
    told = ", ".join(f"{n} {what}" for what, n in fight.told.items())
    print(f"{told}; {fight.full} found no place, {fight.refused} refused, {fight.unanswered} unanswered")
    sys.exit(fight.wrong[0] if fight.wrong else 0)


def wrong(base, ledger):
    """What does not agree, as sentences."""
    lines = [line.split() for line in open(ledger, encoding="utf-8").read().splitlines()]
    told = {kind: {tuple(of) for what, *of in lines if what == kind} for kind in ("event", "paid", "back")}
    bearer, found = token(base, ledger), []
    for (slug,) in sorted(told["event"]):
        status, read = call(base, "GET", f"/api/v1/events/{slug}", token=bearer)
        payments = call(base, "GET", f"/api/v1/events/{slug}/payments?limit=100", token=bearer)[1]
        if status != 200:
            found.append(f"{slug} is lost: {status}")
            continue
        sold, paid = read["data"]["hosting"]["sold"], {}
        for payment in payments["data"]["items"]:
            if payment["state"] == "paid":
                paid[payment["order_id"]] = (payment["received"], payment["refunded"])
        if read["data"]["hosting"]["taken"] > PLACES:
            found.append(f"{slug} is oversold: {read['data']['hosting']}")
        kept = [order for order, (received, refunded) in paid.items() if received == PRICE and refunded == 0]
        if sold != len(kept):
            found.append(f"{slug}: {sold} places are sold, and {len(kept)} orders paid and not given back")
        for order in (order for of, order in told["paid"] if of == slug):
            if paid.get(order, (0, 0))[0] != PRICE:
                found.append(f"{order} of {slug} paid, and nobody knows: {paid.get(order)}")
        for order in (order for of, order in told["back"] if of == slug):
            if paid.get(order, (0, 0)) != (PRICE, PRICE):
                found.append(f"{order} of {slug} was promised its money back: {paid.get(order)}")
    return found, {kind: len(of) for kind, of in told.items()}


def look(base, ledger):
    # What waits for a job, or for a lease of a worker that was killed, has this long.
    until = time.monotonic() + 180
    found, told = wrong(base, ledger)
    while found and time.monotonic() < until:
        time.sleep(1)
        found, told = wrong(base, ledger)
    print(json.dumps(told), f"{len(found)} do not agree")
    sys.exit("\n".join(found[:5]) if found else 0)


if __name__ == "__main__":
    {"load": load, "look": look}[sys.argv[1]](*sys.argv[2:])
