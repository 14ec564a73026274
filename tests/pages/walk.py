"""Makes what the demo lacks, as people make it, and then names a page of each kind that has an id in its address.

    walk.py URL JAR

prints lines of `public PATH` and `own PATH`; the latter are for mara of the demo, who runs the site and some of its
events, and whose cookies it leaves in JAR, for curl. A page that should be there and is not ends it.
"""
import html.parser
import http.cookiejar
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

URL, JAR = sys.argv[1:3]
ID = r"[0-9a-f]{8}-[0-9a-f-]{27}"
EVENT = "/events/intro-to-rust-ownership-without-tears"


class Forms(html.parser.HTMLParser):
    """The forms of a page with their fields as they stand, and their buttons."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.open, self.area, self.pick, self.button = [], None, None, None, None
        self.feed(text)

    def handle_starttag(self, tag, pairs):
        of = dict(pairs)
        if tag == "form":
            self.open = {"action": of.get("action", ""), "method": of.get("method", "get"), "fields": [], "buttons": []}
            self.open["parts"] = of.get("enctype") == "multipart/form-data"
            self.forms.append(self.open)
        form, name = self.open, of.get("name")
        if form is None:
            return
        if tag == "input" and name and (of.get("type") not in ("checkbox", "radio", "file") or "checked" in of):
            form["fields"].append((name, of.get("value") or ""))
        elif tag == "textarea" and name:
            self.area = len(form["fields"])
            form["fields"].append((name, ""))
        elif tag == "select" and name:
            self.pick = (name, None)
        elif tag == "option" and self.pick and (self.pick[1] is None or "selected" in of):
            self.pick = (self.pick[0], of.get("value", ""))
        elif tag == "button":
            self.button = {"name": name, "value": of.get("value") or "", "text": ""}
            form["buttons"].append(self.button)

    def handle_data(self, data):
        if self.area is not None:
            name, before = self.open["fields"][self.area]
            self.open["fields"][self.area] = (name, before + data)
        elif self.button is not None:
            self.button["text"] += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.open = None
        elif tag == "textarea":
            self.area = None
        elif tag == "button":
            self.button = None
        elif tag == "select" and self.pick:
            self.open["fields"].append((self.pick[0], self.pick[1] or ""))
            self.pick = None


class Person:
    def __init__(self, jar=None):
        self.jar = http.cookiejar.MozillaCookieJar(jar)
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.address, self.path, self.page = "", "", ""

    def ask(self, path, fields=None, parts=False):
        headers = {"Sec-Fetch-Site": "same-origin"}
        body = None if fields is None else urllib.parse.urlencode(fields).encode()
        if parts:
            part = '--parts\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
            body = ("".join(part.format(*pair) for pair in fields) + "--parts--\r\n").encode()
            headers["Content-Type"] = "multipart/form-data; boundary=parts"
        request = urllib.request.Request(urllib.parse.urljoin(URL, path), body, headers)
        try:
            answer = self.opener.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            said = re.sub(r"<[^>]*>|\s+", " ", error.read().decode())
            sys.exit(f"walk.py: {path} answers {error.code}: {said[-600:]}")
        self.address = answer.url.removeprefix(URL)
        self.path, self.page = self.address.split("?")[0], answer.read().decode()
        return self

    def press(self, begins, /, **fill):
        """The first button whose text begins so, with some fields of its form filled in."""
        for form in Forms(self.page).forms:
            for button in form["buttons"]:
                if " ".join(button["text"].split()).startswith(begins):
                    fields = [pair for pair in form["fields"] if pair[0] not in fill] + list(fill.items())
                    if button["name"]:
                        fields.append((button["name"], button["value"]))
                    action = urllib.parse.urljoin(self.path, form["action"].split("#")[0] or self.path)
                    if form["method"] == "get":
                        return self.ask(action + "?" + urllib.parse.urlencode(fields))
                    return self.ask(action, fields, form["parts"])
        sys.exit(f"walk.py: no button {begins!r} on {self.path}")

    def link(self, pattern):
        """The first address on the page that is wholly so."""
        found = re.search(f'href="({pattern})"', self.page)
        return found.group(1) if found else sys.exit(f"walk.py: no link {pattern} on {self.path}")


def letter(mara, pattern, who):
    """The link in the newest letter to somebody: the background work takes a moment."""
    for _ in range(100):
        for mail in re.findall(r'href="(/dev/mail/[^"]+)"', mara.ask("/dev/mail").page):
            found = who in mara.ask(mail).page and re.search(re.escape(URL) + f"({pattern})", mara.page)
            if found:
                return found.group(1)
        time.sleep(0.1)
    sys.exit(f"walk.py: no letter to {who} with {pattern}")


def own(*paths):
    for path in paths:
        print("own", path)


def public(*paths):
    for path in paths:
        print("public", path)


mara = Person(JAR)
mara.ask("/sign-in", [("email", "mara@example.org"), ("password", "stage lights at seven")])

# What she says about herself and the site.
mara.ask("/settings").press("Save", handle="mara-lindt", bio="Talks, mostly about **Rust**.")
public("/@mara-lindt")
for page in ("terms", "privacy", "imprint"):
    address = f"/admin/settings/legal/{page}"
    mara.ask(address).press("Save", text="# One\n\n- two\n- [three](https://example.org)", reason="For the checkers.")
    own(address)
    public(f"/legal/{page}")

# Tickets that she buys elsewhere.
mara.ask("/events/noche-de-cumbia").press("Get tickets", people="2", pay="now").press("Pay CHF").press("Pay")
order = mara.link(f"/orders/{ID}/receipt").removesuffix("/receipt")
own(order, f"{order}/receipt", f"{order}/cancellation", f"{order}/invitations")
own(mara.ask(order).link(f"{order}/tickets/{ID}/gift"), mara.link(r"/t/[A-Z0-9-]+"))
own(f"/admin{order}", mara.ask(f"/admin{order}").press("Refund this amount", amount="1").address)

# Guests of her own event, one ticked, and done.
guests = f"{EVENT}/guests"
ticket = re.search(f'name="ticket" value="({ID})"', mara.ask(guests).page).group(1)
own(f"{guests}/{ticket}/removal", f"{guests}/{ticket}/gift", mara.link(f"{EVENT}/orders/{ID}"))
asked = f"{guests}/acts?" + urllib.parse.urlencode({"which": "these", "act": "check_in", "ticket": ticket})
own(asked, mara.ask(asked).press("Check them in").path)

# Plans and credits.
mara.ask("/credits").press("Buy credits", credits="50").press("Pay")
purchase = mara.ask("/payments").link(f"/credits/purchases/{ID}")
own(purchase, purchase.replace("/credits", "/admin"))
bill = mara.ask("/payments").link(f"/plans/bills/{ID}")
own(bill, mara.ask("/admin/payments/all").link(f"/admin/bills/{ID}"))
own(mara.ask("/subscriptions").link(f"/subscriptions/{ID}"))

# What letters lead to.
mara.ask(f"{EVENT}/invitations").press("Look at the list", people="walter@example.org").press("Invite 1 person")
public(letter(mara, r"/invitations/[\w-]+", "walter@example.org"))
public(letter(mara, r"/mails/[\w.-]+", "walter@example.org"))
stranger = Person()
stranger.ask("/forgotten").press("Send", email="deniz@example.org")
public(letter(mara, r"/reset/[\w-]+", "deniz@example.org"))

# One row of each of the site's own tables.
stranger.ask("/events/repair-cafe/report").press("Send the report", ground="wrong", text="It is elsewhere.")
member = mara.ask("/admin/members").link(f"/admin/members/{ID}")
own(member, f"{member}/credits", f"/admin{EVENT}/cancellation")
for table in ("notices", "mails", "reports", "products"):
    own(mara.ask(f"/admin/{table}").link(f"/admin/{table}/{ID}"))
# The oldest waits for a time to come, the newest may be done before anybody looks.
own(re.findall(f'href="(/admin/jobs/{ID})"', mara.ask("/admin/jobs").page)[-1])

# Python calls a host without a dot by another name.
for cookie in mara.jar:
    cookie.domain = cookie.domain.removesuffix(".local")
mara.jar.save(ignore_discard=True, ignore_expires=True)
