//! Sending mail: by SMTP, into a folder on a development site, into memory in tests.
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context;
use lettre::message::header::{self, ContentType};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use serde::{Deserialize, Serialize};

use crate::config::{Smtp, SmtpTls, Wrong};

/// One mail as it is sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Message {
    /// The mail's id, which becomes its Message-ID, so that a mail sent twice is shown once.
    pub id: String,
    /// What the site is called now; a name in SMTP_FROM_ADDRESS is shown instead.
    #[serde(default)]
    pub from_name: String,
    pub to_name: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    #[serde(default)]
    pub files: Vec<File>,
    /// RFC 3339.
    #[serde(default)]
    pub at: String,
    /// Where programs stop mails of this kind with one click (RFC 8058).
    #[serde(default)]
    pub unsubscribe: Option<String>,
}

/// A file that goes with a mail.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct File {
    pub name: String,
    pub mime: String,
    #[serde(with = "as_base64")]
    pub bytes: Vec<u8>,
    /// Shown inside the HTML as `cid:…` when given.
    pub cid: Option<String>,
}

mod as_base64 {
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
    }
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        BASE64_STANDARD.decode(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[derive(Clone)]
pub enum Mailer {
    Smtp {
        transport: AsyncSmtpTransport<Tokio1Executor>,
        from: Mailbox,
        tries: u32,
    },
    /// One JSON file a mail, read by /dev/mail.
    Folder(PathBuf),
    Memory(Arc<Memory>),
}

/// What tests look into; `down` makes every try fail.
#[derive(Default)]
pub struct Memory {
    pub sent: Mutex<Vec<Message>>,
    pub down: std::sync::atomic::AtomicBool,
}

impl Mailer {
    pub fn smtp(smtp: &Smtp, from: &str) -> anyhow::Result<Self> {
        let mut tls = TlsParameters::builder(smtp.host.clone());
        if let Some(authority) = smtp.authority()? {
            tls = tls.add_root_certificate(authority);
        }
        let built = || {
            tls.build_rustls().map_err(|error| {
                Wrong(format!(
                    "The mail server cannot be spoken to by TLS: {error}. Look at SMTP_HOST and SMTP_CA_FILE."
                ))
            })
        };
        let tls = match smtp.tls {
            SmtpTls::None => Tls::None,
            SmtpTls::StartTls => Tls::Required(built()?),
            SmtpTls::Tls => Tls::Wrapper(built()?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
            .port(smtp.port)
            .tls(tls)
            .timeout(Some(Duration::from_secs(smtp.timeout_seconds)));
        if !smtp.user.is_empty() {
            builder = builder.credentials(Credentials::new(smtp.user.clone(), smtp.pass.clone()));
        }
        let from = from.parse().context("SMTP_FROM_ADDRESS")?;
        Ok(Self::Smtp { transport: builder.build(), from, tries: smtp.tries })
    }

    /// Hands one mail over. An error says why the server did not take it; `Permanent` in its chain says that it never will.
    pub async fn send(&self, message: &Message) -> anyhow::Result<()> {
        match self {
            Self::Smtp { transport, from, tries } => {
                let built = build(message, from)?;
                let mut tried = 0;
                loop {
                    let Err(error) = transport.send(built.clone()).await else { return Ok(()) };
                    if error.is_permanent() {
                        return Err(anyhow::Error::new(error).context(Permanent));
                    }
                    tried += 1;
                    if tried > *tries {
                        return Err(error.into());
                    }
                }
            }
            Self::Folder(folder) => {
                tokio::fs::create_dir_all(folder).await?;
                // Whoever reads the folder meanwhile finds all of it, or nothing.
                let part = folder.join(format!("{}.part", message.id));
                tokio::fs::write(&part, serde_json::to_vec(message)?).await?;
                Ok(tokio::fs::rename(&part, part.with_extension("json")).await?)
            }
            Self::Memory(memory) => {
                anyhow::ensure!(!memory.down.load(std::sync::atomic::Ordering::Relaxed), "the mail server is down");
                lock(&memory.sent).push(message.clone());
                Ok(())
            }
        }
    }

    /// The mails that were kept instead of sent, newest first. `None` when mails really go out.
    pub async fn kept(&self) -> anyhow::Result<Option<Vec<Message>>> {
        match self {
            Self::Smtp { .. } => Ok(None),
            Self::Memory(memory) => Ok(Some(lock(&memory.sent).iter().rev().cloned().collect())),
            Self::Folder(folder) => {
                let folder = folder.clone();
                tokio::task::spawn_blocking(move || read_folder(&folder)).await?.map(Some)
            }
        }
    }
}

fn lock(sent: &Mutex<Vec<Message>>) -> std::sync::MutexGuard<'_, Vec<Message>> {
    sent.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn read_folder(folder: &std::path::Path) -> anyhow::Result<Vec<Message>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "json"));
    // The names are UUIDs of version 7, so they sort by time.
    paths.sort_unstable_by(|a, b| b.cmp(a));
    paths.into_iter().take(200).map(|path| Ok(serde_json::from_slice(&std::fs::read(path)?)?)).collect()
}

/// The server's no is final: trying again would not help.
#[derive(Debug)]
pub struct Permanent;
impl std::fmt::Display for Permanent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the mail server refused for good")
    }
}

fn build(message: &Message, from: &Mailbox) -> anyhow::Result<lettre::Message> {
    let to = Mailbox::new(Some(message.to_name.clone()).filter(|name| !name.is_empty()), message.to.parse()?);
    let domain = from.email.domain();
    let name = from.name.clone().unwrap_or_else(|| message.from_name.clone());
    let mut related = MultiPart::related().singlepart(SinglePart::html(message.html.clone()));
    let (inline, attached): (Vec<_>, Vec<_>) = message.files.iter().partition(|file| file.cid.is_some());
    for file in inline {
        let cid = file.cid.clone().unwrap_or_default();
        related =
            related.singlepart(Attachment::new_inline(cid).body(file.bytes.clone(), ContentType::parse(&file.mime)?));
    }
    let body = MultiPart::alternative().singlepart(SinglePart::plain(message.text.clone())).multipart(related);
    let mut whole = MultiPart::mixed().multipart(body);
    for file in attached {
        whole = whole
            .singlepart(Attachment::new(file.name.clone()).body(file.bytes.clone(), ContentType::parse(&file.mime)?));
    }
    let mut builder = lettre::Message::builder();
    if let Some(url) = &message.unsubscribe {
        builder = builder
            .raw_header(raw("List-Unsubscribe", format!("<{url}>")))
            .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    Ok(builder
        .from(Mailbox::new(Some(name).filter(|name| !name.is_empty()), from.email.clone()))
        .to(to)
        .subject(message.subject.clone())
        .message_id(Some(format!("<{}@{domain}>", message.id)))
        .header(header::MIME_VERSION_1_0)
        // RFC 3834: nobody's holiday notice needs to answer.
        .raw_header(raw("Auto-Submitted", "auto-generated".to_owned()))
        .multipart(whole)?)
}

fn raw(name: &'static str, value: String) -> header::HeaderValue {
    header::HeaderValue::new(header::HeaderName::new_from_ascii_str(name), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        Message {
            id: "1".into(),
            from_name: "The Lantern".into(),
            to_name: String::new(),
            to: "ada@example.org".into(),
            subject: "Hello".into(),
            text: "Hello".into(),
            html: "<p>Hello</p>".into(),
            files: Vec::new(),
            at: String::new(),
            unsubscribe: None,
        }
    }

    #[test]
    fn mails_come_from_what_the_site_is_called_now_unless_the_setting_names_somebody() {
        let from = |setting: &str| {
            let built = build(&message(), &setting.parse().unwrap()).unwrap();
            built.headers().get_raw("From").unwrap().to_owned()
        };
        assert_eq!(from("events@example.org"), "The Lantern <events@example.org>");
        assert_eq!(from("Box office <events@example.org>"), "Box office <events@example.org>");
    }

    /// The header's lines as they are sent, whatever their names begin with.
    fn sent(message: &Message) -> Vec<String> {
        let built = build(message, &"events@example.org".parse().unwrap()).unwrap();
        let whole = String::from_utf8(built.formatted()).unwrap();
        whole.split("\r\n\r\n").next().unwrap().split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn what_may_be_stopped_says_so_to_programs_in_the_words_of_rfc_8058_and_nothing_else_does() {
        // Longer than a line of a header should be: an address that is folded is another one.
        let url = format!("https://events.example.org/no-more-mails/{}", "x".repeat(120));
        let lines = sent(&Message { unsubscribe: Some(url.clone()), ..message() });
        let stops: Vec<_> = lines.iter().filter(|line| line.to_lowercase().starts_with("list-")).collect();
        let wanted =
            [format!("List-Unsubscribe: <{url}>"), "List-Unsubscribe-Post: List-Unsubscribe=One-Click".to_owned()];
        assert_eq!(stops, wanted.iter().collect::<Vec<_>>());
        assert!(!sent(&message()).iter().any(|line| line.to_lowercase().starts_with("list-")));
    }
}
