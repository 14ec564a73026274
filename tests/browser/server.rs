//! The real binary with its demo content, on a port and in a folder of its own.
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

pub struct Server {
    child: Child,
    pub base: String,
    _folder: tempfile::TempDir,
}

impl Server {
    /// Answers when the site says that it listens.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// With these settings besides.
    pub fn with(settings: &[(&str, String)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number").port();
        let base = format!("http://localhost:{port}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_marquee"));
        // Nothing of what whoever runs the tests has set for themselves.
        for setting in marquee::config::SETTINGS {
            command.env_remove(setting.name);
        }
        let mut child = command
            .current_dir(folder.path())
            .env("MARQUEE_ADDR", format!("127.0.0.1:{port}"))
            .env("BASE_URL", &base)
            .env("MARQUEE_LOG", "warn")
            .envs(settings.iter().map(|(name, value)| (*name, value)))
            .stdout(Stdio::piped())
            .spawn()
            .expect("marquee starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        loop {
            let line = lines.next().expect("marquee ended before it listened").expect("a line");
            if line.starts_with("Marquee ") {
                break;
            }
        }
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, base, _folder: folder }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
