//! The admin's tables: SQL for `store.rs`. Every `by` has an index together with the id, and one more for each state
//! that is not the common one and for each `kind`; every `few` has one of its own, and every `begins` one that knows how
//! words begin (migrations 0011, 0036 and 0038). The tests ask SQLite whether these are what it takes.
use super::{List, Sort, State};

const fn state(word: &'static str, rule: &'static str) -> State {
    State { word, rule, few: false }
}
/// Of which there are few.
const fn few(word: &'static str, rule: &'static str) -> State {
    State { word, rule, few: true }
}
/// The newest first, unless asked otherwise.
const fn newest(word: &'static str, by: &'static str) -> Sort {
    Sort { word, by, text: false, falling: true }
}
const fn first(word: &'static str, by: &'static str) -> Sort {
    Sort { word, by, text: false, falling: false }
}
const fn letters(word: &'static str, by: &'static str) -> Sort {
    Sort { word, by, text: true, falling: false }
}

pub const MEMBERS: List = List {
    path: "/admin/members",
    columns: "m.*",
    from: "members m",
    id: "m.id",
    state: "",
    states: &[
        few("admin", "m.admin"),
        few("suspended", "m.suspended_at IS NOT NULL"),
        state("unverified", "m.email_verified_at IS NULL"),
    ],
    kind: "",
    sorts: &[
        newest("joined", "m.created_at"),
        letters("name", "m.name_key"),
        letters("email", "m.address_key"),
        newest("seen", "m.seen_key"),
    ],
    begins: &[
        "SELECT id FROM members WHERE address_key >= LOWER(:q) AND address_key < LOWER(:r)",
        "SELECT id FROM members WHERE name_fold >= :f AND name_fold < :g",
        "SELECT id FROM members WHERE rest_fold >= :f AND rest_fold < :g",
    ],
    within: "SELECT id FROM (SELECT id, name, email_key FROM members ORDER BY created_at DESC LIMIT NEWEST) newest
        WHERE name GLOB :in OR email_key GLOB :in",
};

pub const EVENTS: List = List {
    path: "/admin/events",
    columns: "e.*, COALESCE((SELECT m.name FROM event_hosts h JOIN members m ON m.id = h.member_id
        WHERE h.event_id = e.id AND h.role = 'owner' LIMIT 1), '') AS owner,
        (SELECT MAX(l.until_at) FROM credit_lines l WHERE l.event_id = e.id) AS featured_until",
    from: "events e",
    id: "e.id",
    state: "e.status",
    states: &[
        state("draft", "e.status = 'draft'"),
        state("published", "e.status = 'published'"),
        state("cancelled", "e.status = 'cancelled'"),
        state("past", "e.status = 'published' AND e.starts_at < :now AND e.ends_at < :now"),
        few(
            "featured",
            "e.id IN (SELECT c.event_id FROM credit_lines c WHERE c.until_at > :now)
                AND (e.status || '') = 'published' AND e.ends_at > :now",
        ),
    ],
    kind: "",
    sorts: &[newest("starts", "e.starts_at"), letters("title", "e.title_key"), newest("made", "e.created_at")],
    begins: &[
        "SELECT id FROM events WHERE title_fold >= :f AND title_fold < :g",
        "SELECT id FROM events WHERE rest_fold >= :f AND rest_fold < :g",
        "SELECT id FROM events WHERE slug = LOWER(:q)",
        "SELECT h.event_id AS id FROM event_hosts h WHERE h.role = 'owner' AND h.member_id IN (
            SELECT * FROM (SELECT id FROM members
                WHERE address_key >= LOWER(:q) AND address_key < LOWER(:r) LIMIT 100) by_address
            UNION SELECT * FROM (SELECT id FROM members
                WHERE name_fold >= :f AND name_fold < :g LIMIT 100) by_name)",
    ],
    within: "SELECT id FROM (SELECT id, title, place_town FROM events ORDER BY created_at DESC LIMIT NEWEST) newest
        WHERE title GLOB :in OR place_town GLOB :in",
};

const PEOPLE: &str =
    "SELECT order_id AS id FROM order_people WHERE address_key >= LOWER(:q) AND address_key < LOWER(:r)";
const NAMES: &str = "SELECT order_id AS id FROM order_people WHERE name_fold >= :f AND name_fold < :g";

/// `:kind` is an event's slug.
pub const ORDERS: List = List {
    path: "/admin/orders",
    columns: "o.*, COALESCE(w.name, '') AS name, COALESCE(w.email, '') AS email, e.slug, e.title, e.language",
    from: "orders o JOIN events e ON e.id = o.event_id LEFT JOIN order_people w ON w.order_id = o.id",
    id: "o.id",
    state: "o.state",
    states: &[
        few("held", "o.state = 'held'"),
        state("confirmed", "o.state = 'confirmed'"),
        state("cancelled", "o.state = 'cancelled'"),
        state("ended", "o.state = 'ended'"),
        few("refunding", "o.state = 'refunding'"),
    ],
    kind: "o.event_id = (SELECT id FROM events WHERE slug = :kind)",
    sorts: &[newest("placed", "o.placed_at"), newest("total", "o.total")],
    begins: &[
        PEOPLE,
        NAMES,
        "SELECT id FROM orders WHERE id = LOWER(:q)",
        "SELECT id FROM orders WHERE SUBSTR(id, 29) = LOWER(:number)",
    ],
    within: "SELECT id FROM (SELECT p.id, v.name, v.email FROM (SELECT id, placed_at FROM orders
            ORDER BY placed_at DESC LIMIT NEWEST) p JOIN order_people v ON v.order_id = p.id) newest
        WHERE name GLOB :in OR email GLOB :in",
};

/// `:kind` is a provider.
pub const PAYMENTS: List = List {
    path: "/admin/payments/all",
    columns: "p.*, COALESCE(w.name, m.name, '') AS name, COALESCE(w.email, m.email, '') AS email,
        COALESCE(e.slug, '') AS slug, COALESCE(e.title, '') AS title, COALESCE(e.language, '') AS language, b.tier",
    from: "payments p LEFT JOIN orders o ON o.id = p.order_id LEFT JOIN events e ON e.id = o.event_id
        LEFT JOIN order_people w ON w.order_id = o.id
        LEFT JOIN purchases u ON u.payment_id = p.id LEFT JOIN plan_bills b ON b.payment_id = p.id
        LEFT JOIN members m ON m.id = COALESCE(u.member_id, b.member_id)",
    id: "p.id",
    state: "p.state",
    states: &[
        few("open", "p.state = 'open'"),
        state("paid", "p.state = 'paid'"),
        state("ended", "p.state = 'ended'"),
        few("problem", "p.problem IS NOT NULL"),
        state("returned", "p.refunded > 0"),
    ],
    kind: "p.provider = :kind",
    sorts: &[newest("opened", "p.opened_at"), newest("amount", "p.amount")],
    begins: &[
        "SELECT p.id FROM payments p JOIN order_people w ON w.order_id = p.order_id
            WHERE w.address_key >= LOWER(:q) AND w.address_key < LOWER(:r)",
        "SELECT p.id FROM payments p JOIN order_people w ON w.order_id = p.order_id
            WHERE w.name_fold >= :f AND w.name_fold < :g",
        "SELECT u.payment_id AS id FROM purchases u JOIN members v ON v.id = u.member_id
            WHERE v.address_key >= LOWER(:q) AND v.address_key < LOWER(:r)",
        "SELECT u.payment_id AS id FROM purchases u JOIN members v ON v.id = u.member_id
            WHERE v.name_fold >= :f AND v.name_fold < :g",
        "SELECT b.payment_id AS id FROM plan_bills b JOIN members v ON v.id = b.member_id
            WHERE b.payment_id IS NOT NULL AND v.address_key >= LOWER(:q) AND v.address_key < LOWER(:r)",
        "SELECT b.payment_id AS id FROM plan_bills b JOIN members v ON v.id = b.member_id
            WHERE b.payment_id IS NOT NULL AND v.name_fold >= :f AND v.name_fold < :g",
        "SELECT id FROM payments WHERE id = LOWER(:q) OR reference = :q",
        "SELECT p.id FROM payments p JOIN orders o ON o.id = p.order_id WHERE SUBSTR(o.id, 29) = LOWER(:number)",
    ],
    within: "SELECT id FROM (SELECT r.id, v.name, v.email FROM (SELECT id, order_id FROM payments
            ORDER BY opened_at DESC LIMIT NEWEST) r JOIN order_people v ON v.order_id = r.order_id) newest
        WHERE name GLOB :in OR email GLOB :in",
};

/// Rows of a table that belong to members, by what is found of those.
macro_rules! of_members {
    ($table:literal, $found:literal) => {
        concat!("SELECT c.id FROM ", $table, " c JOIN members v ON v.id = c.member_id WHERE ", $found)
    };
}

/// What came and went of credits. `:kind` is a member.
pub const CREDITS: List = List {
    path: "/admin/credits",
    columns: "l.*, COALESCE(e.slug, '') AS slug, COALESCE(e.title, '') AS title, m.name",
    from: "credit_lines l JOIN members m ON m.id = l.member_id LEFT JOIN events e ON e.id = l.event_id",
    id: "l.id",
    state: "l.kind",
    states: &[
        state("purchase", "l.kind = 'purchase'"),
        state("grant", "l.kind = 'grant'"),
        state("plan", "l.kind = 'plan'"),
        state("spend", "l.kind = 'spend'"),
        few("debt", "l.kind = 'debt'"),
        few("restored", "l.kind = 'restored'"),
    ],
    kind: "l.member_id = :kind",
    sorts: &[newest("at", "l.at"), newest("credits", "l.credits")],
    begins: &[
        of_members!("credit_lines", "v.address_key >= LOWER(:q) AND v.address_key < LOWER(:r)"),
        of_members!("credit_lines", "v.name_fold >= :f AND v.name_fold < :g"),
        of_members!("credit_lines", "v.rest_fold >= :f AND v.rest_fold < :g"),
    ],
    within: "SELECT id FROM (SELECT c.id, v.name, v.email_key FROM (SELECT id, member_id FROM credit_lines
            ORDER BY at DESC, id DESC LIMIT NEWEST) c JOIN members v ON v.id = c.member_id) newest
        WHERE name GLOB :in OR email_key GLOB :in",
};

/// `:kind` is a plan.
pub const SUBSCRIPTIONS: List = List {
    path: "/admin/subscriptions",
    columns: "s.*, m.name, m.email",
    from: "subscriptions s JOIN members m ON m.id = s.member_id",
    id: "s.id",
    state: "s.state",
    states: &[
        few("incomplete", "s.state = 'incomplete'"),
        state("active", "s.state = 'active'"),
        few("past_due", "s.state = 'past_due'"),
        state("ended", "s.state = 'ended'"),
        few("ending", "(s.state || '') = 'active' AND s.ends_at_period_end"),
    ],
    kind: "s.tier = :kind",
    sorts: &[newest("started", "s.started_at"), newest("until", "COALESCE(s.period_ends_at, 0)")],
    begins: &[
        of_members!("subscriptions", "v.address_key >= LOWER(:q) AND v.address_key < LOWER(:r)"),
        of_members!("subscriptions", "v.name_fold >= :f AND v.name_fold < :g"),
        of_members!("subscriptions", "v.rest_fold >= :f AND v.rest_fold < :g"),
        "SELECT id FROM subscriptions WHERE reference = :q",
        "SELECT id FROM subscriptions WHERE checkout = :q",
    ],
    within: "SELECT id FROM (SELECT c.id, v.name, v.email_key FROM (SELECT id, member_id FROM subscriptions
            ORDER BY started_at DESC, id DESC LIMIT NEWEST) c JOIN members v ON v.id = c.member_id) newest
        WHERE name GLOB :in OR email_key GLOB :in",
};

pub const NOTICES: List = List {
    path: "/admin/notices",
    columns: "n.*",
    from: "notices n",
    id: "n.id",
    state: "",
    states: &[
        few("waiting", "n.handled_at IS NULL"),
        state("handled", "n.handled_at IS NOT NULL"),
        few("unknown", "n.outcome = 'unknown reference'"),
    ],
    kind: "n.kind = :kind",
    sorts: &[newest("received", "n.received_at")],
    begins: &[
        "SELECT id FROM notices WHERE provider IN ('stripe', 'local') AND event = :q",
        "SELECT id FROM notices WHERE reference = :q",
    ],
    within: "SELECT id FROM (SELECT id, event, reference, payment FROM notices
            ORDER BY received_at DESC, id DESC LIMIT NEWEST) newest
        WHERE event GLOB :in OR reference GLOB :in
            OR payment GLOB :in",
};

pub const MAILS: List = List {
    path: "/admin/mails",
    columns: "m.*",
    from: "mails m",
    id: "m.id",
    state: "m.state",
    states: &[
        few("waiting", "m.state = 'waiting'"),
        state("sent", "m.state = 'sent'"),
        few("failed", "m.state = 'failed'"),
        state("dropped", "m.state = 'dropped'"),
    ],
    kind: "",
    sorts: &[newest("queued", "m.created_at"), letters("to", "m.to_key")],
    begins: &["SELECT id FROM mails WHERE to_key >= LOWER(:q) AND to_key < LOWER(:r)"],
    within:
        "SELECT id FROM (SELECT id, to_email, subject FROM mails ORDER BY created_at DESC, id DESC LIMIT NEWEST) newest
        WHERE to_email GLOB :in OR subject GLOB :in",
};

pub const JOBS: List = List {
    path: "/admin/jobs",
    columns: "j.*",
    from: "jobs j",
    id: "j.id",
    state: "",
    states: &[
        state("waiting", "j.failed_at IS NULL"),
        few("tried", "j.last_error IS NOT NULL AND j.attempts > 0 AND (j.failed_at + 0) IS NULL"),
        few("failed", "j.failed_at IS NOT NULL"),
    ],
    kind: "j.kind = :kind",
    sorts: &[first("runs", "j.run_at")],
    begins: &[],
    within: "",
};

/// The oldest first: they wait. `:kind` is what is wrong.
pub const OPEN_REPORTS: List = List {
    path: "/admin/reports",
    columns: "r.*, e.slug, e.title, e.language",
    from: "reports r JOIN events e ON e.id = r.event_id",
    id: "r.id",
    state: "",
    states: &[state("", "r.settled_at IS NULL")],
    kind: "r.ground = :kind",
    sorts: &[first("made", "r.created_at")],
    begins: &[
        "SELECT c.id FROM reports c JOIN events v ON v.id = c.event_id WHERE v.title_fold >= :f AND v.title_fold < :g",
        "SELECT c.id FROM reports c JOIN events v ON v.id = c.event_id WHERE v.rest_fold >= :f AND v.rest_fold < :g",
        "SELECT c.id FROM reports c JOIN events v ON v.id = c.event_id WHERE v.slug = LOWER(:q)",
        "SELECT id FROM reports WHERE email_key <> '' AND email_key = LOWER(:q)",
    ],
    within: "SELECT id FROM (SELECT id, text, email FROM reports ORDER BY created_at DESC, id DESC LIMIT NEWEST) newest
        WHERE text GLOB :in OR email GLOB :in",
};

pub const REPORTS: List = List { states: &[], sorts: &[newest("made", "r.created_at")], ..OPEN_REPORTS };
