"""Asks a running site for events and places, and remembers every one that it promised.

  drive.py load URL LEDGER SECONDS     ask without pause; a line in LEDGER for each promise; says how many there were
  drive.py look URL LEDGER             every promise of LEDGER must stand

A promise is an answer of 201. Anything else must be a refusal that says so (4xx or 5xx), or no answer at all.
"""
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request

EMAIL, PASSWORD = "root@example.org", os.environ["FAULTS_PASSWORD"]
CALLERS = 8


def call(base, method, path, body=None, token="", caller=0):
    # Each caller is a person behind the proxy, so that no limit of one address is met.
    headers = {"content-type": "application/json"}
    if os.environ.get("MARQUEE_ENV") != "development":  # which has no limits, and stands behind no proxy
        headers["x-forwarded-for"] = f"10.0.{caller % 256}.{int(time.time() * 7) % 256}"
    if token:
        headers["authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        text = error.read()
        try:
            return error.code, json.loads(text)
        except ValueError:
            return error.code, {}


def token(base, ledger):
    """A new one, or while the site cannot write the one before."""
    try:
        fresh = new_token(base)
        with open(ledger + ".token", "w", encoding="utf-8") as kept:
            kept.write(fresh)
        return fresh
    except OSError:
        return open(ledger + ".token", encoding="utf-8").read()


def new_token(base):
    body = f"grant_type=password&username={EMAIL}&password={PASSWORD.replace(' ', '+')}".encode()
    request = urllib.request.Request(base + "/api/v1/auth/token", body)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["access_token"]


def event(name):
    return {
        "title": name, "summary": "For the fault checks.", "description": "Made by a program. It has two sentences.", "category": "other", "starts": "2037-05-06T19:30",
        "ends": "2037-05-06T22:00", "zone": "Europe/Zurich", "place_name": "Hall", "place_town": "Basel",
        "publish": True, "ticket_types": [{"name": "Standard", "capacity": 5}],
    }


class Load:
    def __init__(self, base, ledger, seconds):
        self.base, self.until, self.token = base, time.monotonic() + seconds, token(base, ledger)
        self.lock, self.ledger = threading.Lock(), open(ledger, "a", encoding="utf-8")
        self.promised = self.refused = self.unanswered = 0
        self.wrong = []

    def promise(self, path):
        with self.lock:
            self.promised += 1
            self.ledger.write(path + "\n")
            self.ledger.flush()

    def asks(self, caller):
        number = 0
        while time.monotonic() < self.until:
            number += 1
            try:
                self.ask(caller, f"Fault {os.getpid()} {caller} {number}")
            except OSError:
                with self.lock:
                    self.unanswered += 1
                time.sleep(0.05)  # the server is away; this is no test that waits for a result

    def ask(self, caller, name):
        status, made = call(self.base, "POST", "/api/v1/events", event(name), self.token, caller)
        if not self.kept(status, made):
            return
        path = "/api/v1/events/" + made["data"]["slug"]
        self.promise(path)
        status, order = call(self.base, "POST", path + "/orders", {}, self.token, caller)
        if self.kept(status, order):
            self.promise("/api/v1/orders/" + order["data"]["id"])

    def kept(self, status, answer):
        if status == 201:
            return True
        with self.lock:
            self.refused += 1
            # A wish that is wrong would be refused for ever, and so prove nothing.
            if status < 500 and status != 429 or answer.get("status") != "error" and status != 429:
                self.wrong.append(f"{status} {answer}")
        return False


def load(base, ledger, seconds):
    driven = Load(base, ledger, float(seconds))
    callers = [threading.Thread(target=driven.asks, args=(n,)) for n in range(CALLERS)]
    for one in callers:
        one.start()
    for one in callers:
        one.join()
    print(f"{driven.promised} promised, {driven.refused} refused, {driven.unanswered} unanswered")
    sys.exit(f"answers that are neither: {driven.wrong[:3]}" if driven.wrong else 0)


def look(base, ledger):
    paths = open(ledger, encoding="utf-8").read().split()
    # The line that was being written when the power went is no promise that anybody saw.
    bearer, lost = token(base, ledger), []
    for number, path in enumerate(paths):
        status, answer = call(base, "GET", path, token=bearer, caller=number)
        if status != 200 or ("/orders/" in path and answer["data"]["state"] != "confirmed"):
            lost.append(f"{path}: {status}")
    print(f"{len(paths)} promises, {len(lost)} lost")
    sys.exit(f"lost: {lost[:5]}" if lost else 0)


if __name__ == "__main__":
    {"load": load, "look": look}[sys.argv[1]](*sys.argv[2:])
