//! The list of all settings, as the README and `.env.example` have it.

/// One setting as the README lists it.
pub struct Setting {
    pub name: &'static str,
    /// What counts when it is not given; empty if nothing does.
    pub default: &'static str,
    pub meaning: &'static str,
}

const fn setting(name: &'static str, default: &'static str, meaning: &'static str) -> Setting {
    Setting { name, default, meaning }
}

/// All settings: the README's table and `.env.example` are held against this list by a test.
pub const SETTINGS: &[Setting] = &[
    setting(
        "MARQUEE_ENV",
        "development",
        "`development` or `production`. Development has demo content, shows mails at /dev/mail and refuses to be public.",
    ),
    setting("MARQUEE_ADDR", "127.0.0.1:8080", "Address and port to listen on."),
    setting("BASE_URL", "http://localhost:8080", "The site's public address, without a path. https in production."),
    setting(
        "RETURN_ORIGINS",
        "",
        "Origins besides BASE_URL to which programs may send people back after paying, separated by commas, like https://app.example.org.",
    ),
    setting("DATABASE_URL", "sqlite:DATA_DIR/marquee.db", "`sqlite:FILE` or `postgres://USER:PASSWORD@HOST/NAME`."),
    setting(
        "MARQUEE_DATA_DIR",
        "./data",
        "Folder for the SQLite file, uploads (unless S3_BUCKET is set) and development mails.",
    ),
    setting(
        "MARQUEE_SECRET_KEY",
        "",
        "Signs links and tokens: 32 or more characters, required in production. To rotate, put the new key first and the old ones behind it, separated by commas.",
    ),
    setting("MARQUEE_SITE_NAME", "Marquee", "The site's name on pages and in mails."),
    setting("MARQUEE_ZONE", "Europe/Zurich", "Time zone that new events start with."),
    setting("MARQUEE_CURRENCY", "CHF", "Currency that new events start with: its ISO 4217 code."),
    setting(
        "MARQUEE_TRUSTED_PROXIES",
        "",
        "IP addresses of reverse proxies whose X-Forwarded-For is believed, separated by commas.",
    ),
    setting(
        "MARQUEE_WORKERS",
        "2",
        "Background workers in this process, 64 at most; 0 leaves all work to `marquee work`.",
    ),
    setting(
        "MARQUEE_ADMIN_SECOND_FACTOR",
        "no",
        "`yes` demands a second factor of admins: until they turn it on or add a passkey, the site's pages for admins are closed to them.",
    ),
    setting(
        "MARQUEE_LIMIT_REQUESTS",
        "300/minute",
        "How many requests, and messages at sockets, one network address may send to one process: a number and a period of up to a day, like 5/hour or 10/30 minutes. Assets, health and payment notices do not count, and nothing does on a development site. Of IPv6 a /64 is one address, here and below.",
    ),
    setting(
        "MARQUEE_LIMIT_SIGN_UP",
        "5/hour",
        "How often one network address may sign up. This and all below count in the database: together for all processes, and over restarts.",
    ),
    setting("MARQUEE_LIMIT_FAILED_SIGN_IN", "10/minute", "How many wrong passwords may come from one network address."),
    setting("MARQUEE_LIMIT_RESET_REQUEST", "3/hour", "How often one network address may ask for a new password."),
    setting(
        "MARQUEE_LIMIT_RESET",
        "5/hour",
        "How many new passwords may be set from one network address by a mailed link.",
    ),
    setting("MARQUEE_LIMIT_RESEND", "5/hour", "How often one network address may ask for its confirmation mail again."),
    setting("MARQUEE_LIMIT_SIGN_IN_LINK", "5/hour", "How often one network address may ask for a link that signs in."),
    setting(
        "MARQUEE_LIMIT_PASSWORD_CHANGE",
        "5/hour",
        "How often passwords may be changed from one network address, and how often one member may change theirs.",
    ),
    setting("MARQUEE_LIMIT_EMAIL_CHANGE", "5/hour", "How often one member may ask for another e-mail address."),
    setting("MARQUEE_LIMIT_PROFILE_READ", "60/minute", "How often one network address may read profiles and settings."),
    setting("MARQUEE_LIMIT_PROFILE_UPDATE", "30/hour", "How often one network address may change a profile."),
    setting(
        "MARQUEE_LIMIT_GUEST_HOLDS",
        "10/30 minutes",
        "How many orders of guests that wait for their mailed link one network address may make at one event.",
    ),
    setting(
        "MARQUEE_LIMIT_MAILS_HOURLY",
        "3/hour",
        "How many mails of one kind that nobody asked for may go to one e-mail address (new passwords, confirmations, links, invitations).",
    ),
    setting("MARQUEE_LIMIT_MAILS_DAILY", "10/day", "The same over a day."),
    setting(
        "MARQUEE_KEEP_ADDRESSES",
        "90",
        "For how many days a session keeps the network address of its sign-in. This and all below: what is older is forgotten within the hour.",
    ),
    setting("MARQUEE_KEEP_SIGN_UPS", "14", "For how many days a sign-up is kept whose address nobody proves."),
    setting(
        "MARQUEE_KEEP_GUESTS",
        "30",
        "For how many days it is kept who asked for places without an account and never confirmed it.",
    ),
    setting(
        "MARQUEE_KEEP_INVITATIONS",
        "30",
        "For how many days after an event it is kept who was invited and did not come (30 or more). Their letters go with it; how many they were stays.",
    ),
    setting(
        "MARQUEE_KEEP_DEVICES",
        "400",
        "For how many days a browser is known that signed in and was not used since.",
    ),
    setting(
        "MARQUEE_KEEP_MAILS",
        "ever",
        "For how many days it is kept which letters went to whom (30 or more), or `ever`. Their texts are never kept.",
    ),
    setting("MARQUEE_KEEP_NOTICES", "90", "For how many days what a payment provider told is kept word for word."),
    setting(
        "MARQUEE_KEEP_REPORTS",
        "365",
        "For how many days after an admin settled it a report of an event is kept: who said what. That there was one stays in the journal.",
    ),
    setting(
        "MARQUEE_KEEP_VIEWS",
        "730",
        "For how many days it is kept how often the page of an event was opened. These are counts by the day, and nobody is in them.",
    ),
    setting("MARQUEE_TOKEN_MINUTES", "30", "How long an API access token lives."),
    setting(
        "MARQUEE_SOCKETS",
        "10000",
        "How many sockets (/ws) one process keeps open. Pages work without, they only do not change by themselves then.",
    ),
    setting("MARQUEE_SOCKETS_PER_ADDRESS", "200", "How many of them one network address may have, per process."),
    setting("MARQUEE_SOCKETS_PER_MEMBER", "20", "How many of them one member may have, per process."),
    setting("MARQUEE_LOG", "info", "What is logged: a level, or directives such as `marquee=debug,sqlx=warn`."),
    setting("MARQUEE_LOG_FORMAT", "text", "`text` or `json`."),
    setting(
        "METRICS_TOKEN",
        "",
        "Opens /metrics (Prometheus) to who sends it as `Authorization: Bearer`: 16 or more characters. Without it there is no such page.",
    ),
    setting(
        "SMTP_HOST",
        "",
        "The mail server. Required in production; without it a development site keeps mails in DATA_DIR/mail.",
    ),
    setting("SMTP_PORT", "587", "Its port."),
    setting("SMTP_USER", "", "User name, if the server asks for one."),
    setting("SMTP_PASS", "", "Password that belongs to it."),
    setting("SMTP_FROM_ADDRESS", "marquee@localhost.localdomain", "The sender of all mails. Required in production."),
    setting("SMTP_USE_TLS", "starttls", "`starttls`, `tls` (from the first byte) or `none` (loopback only)."),
    setting("SMTP_TIMEOUT_SECONDS", "20", "How long one try may take."),
    setting("SMTP_MAX_RETRIES", "2", "Quick tries inside one attempt; slower attempts go on for two days."),
    setting("SMTP_CA_FILE", "", "PEM file of a certificate authority to trust besides the public ones."),
    setting(
        "S3_BUCKET",
        "",
        "Keeps uploads in this bucket of an S3-style storage instead of DATA_DIR/files. Needs the two keys below.",
    ),
    setting(
        "S3_ACCESS_KEY_ID",
        "",
        "Key of an account that may list the bucket, and read, write and delete what is in it.",
    ),
    setting("S3_SECRET_ACCESS_KEY", "", "The secret that belongs to it."),
    setting("S3_REGION", "us-east-1", "The bucket’s region; storages without regions take any."),
    setting(
        "S3_ENDPOINT",
        "",
        "Where the storage is, if it is not Amazon’s: an https address without a path, like https://s3.example.org.",
    ),
    setting(
        "S3_ALLOW_HTTP",
        "no",
        "`yes` also takes an http S3_ENDPOINT that is not on this machine: what is uploaded travels in the clear.",
    ),
    setting(
        "S3_PATH_STYLE",
        "",
        "`yes` names the bucket in the path, `no` in the host. Without it: yes with S3_ENDPOINT, no at Amazon.",
    ),
    setting("S3_PREFIX", "", "What all keys begin with, like `marquee/uploads`, where a bucket is shared."),
    setting("S3_TIMEOUT_SECONDS", "10", "How long one request to the storage may take; two more are tried."),
    setting(
        "S3_CA_FILE",
        "",
        "PEM file of a certificate authority to trust besides the public ones when the storage is spoken to.",
    ),
    setting(
        "GOOGLE_CLIENT_ID",
        "",
        "Sign-in with Google: the id of the OAuth client whose redirect URI is BASE_URL/auth/google/callback.",
    ),
    setting("GOOGLE_CLIENT_SECRET", "", "The secret that belongs to it."),
    setting("GOOGLE_BASE_URL", "https://accounts.google.com", "Where Google is: the issuer of its id tokens."),
    setting(
        "MICROSOFT_CLIENT_ID",
        "",
        "Sign-in with Microsoft: the id of the app registration whose redirect URI is BASE_URL/auth/microsoft/callback. New people come in by it only if the app adds the optional claims email and xms_edov to its id tokens.",
    ),
    setting("MICROSOFT_CLIENT_SECRET", "", "The secret that belongs to it."),
    setting(
        "MICROSOFT_BASE_URL",
        "https://login.microsoftonline.com/common/v2.0",
        "Where Microsoft is; one tenant alone is https://login.microsoftonline.com/TENANT/v2.0.",
    ),
    setting(
        "GITHUB_CLIENT_ID",
        "",
        "Sign-in with GitHub: the id of the OAuth app whose callback URL is BASE_URL/auth/github/callback.",
    ),
    setting("GITHUB_CLIENT_SECRET", "", "The secret that belongs to it."),
    setting("GITHUB_BASE_URL", "https://github.com", "Where GitHub is."),
    setting("GITHUB_API_URL", "https://api.github.com", "Where its API is."),
    setting(
        "STRIPE_SECRET_KEY",
        "",
        "Takes money through this Stripe account: a secret or restricted key. Without it a development site has a stand-in that moves no money, and a public one takes none.",
    ),
    setting("STRIPE_API_KEY", "", "Another name for STRIPE_SECRET_KEY."),
    setting(
        "STRIPE_PUBLISHABLE_KEY",
        "",
        "The publishable key of the same account and mode. Nothing needs it yet: buyers pay on Stripe’s own page.",
    ),
    setting(
        "STRIPE_WEBHOOK_SECRET",
        "",
        "The signing secret of the endpoint at BASE_URL/webhooks/stripe. Required in production beside a Stripe key; a development site takes unsigned notices without it.",
    ),
    setting("STRIPE_API_BASE", "https://api.stripe.com", "Where Stripe answers. Only tests need another address."),
    setting("STRIPE_TIMEOUT_SECONDS", "15", "How long Stripe may take to answer one request."),
    setting(
        "STRIPE_DELAYED_METHODS",
        "no",
        "`yes` also offers ways of paying that take days, such as direct debits. Their places are kept until Stripe knows how it ended.",
    ),
];
