//! Servers in processes of their own, pinned to the first core.
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::ask;
use crate::fill::Site;

/// Where /proc counts (`man 5 proc_pid_stat`, sysconf(_SC_CLK_TCK) on Linux).
const TICK: Duration = Duration::from_millis(10);

pub struct Server {
    child: Child,
    pub base: String,
}

fn pinned(program: &str) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", "0", program]).stdout(Stdio::null());
    command
}

fn port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

impl Server {
    /// The site on its database, and how long it took to answer.
    pub async fn start(site: &Site) -> anyhow::Result<(Self, Duration)> {
        let port = port()?;
        let mut command = pinned(env!("CARGO_BIN_EXE_marquee"));
        command.envs(site.settings(port)).stderr(Stdio::null());
        let began = Instant::now();
        let server = Self::ready(command, port).await?;
        Ok((server, began.elapsed()))
    }

    /// These bytes, and nothing else.
    pub async fn bare(site: &Site, page: &[u8]) -> anyhow::Result<Self> {
        let file = site.folder().join("page.html");
        std::fs::write(&file, page)?;
        let port = port()?;
        let own = std::env::current_exe()?;
        let mut command = pinned(own.to_str().context("a path")?);
        command.arg("bare").arg(format!("{port}:{}", file.display()));
        Self::ready(command, port).await
    }

    async fn ready(mut command: Command, port: u16) -> anyhow::Result<Self> {
        let child = command.spawn().context("taskset is missing: apt-get install util-linux")?;
        let server = Self { child, base: format!("http://127.0.0.1:{port}") };
        let until = Instant::now() + Duration::from_secs(20);
        while ask::once(&server.base, "/").await.is_err() {
            anyhow::ensure!(Instant::now() < until, "the server does not answer");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(server)
    }

    fn proc(&self, file: &str) -> anyhow::Result<String> {
        Ok(std::fs::read_to_string(Path::new("/proc").join(self.child.id().to_string()).join(file))?)
    }

    /// What it has spent of its core.
    pub fn cpu(&self) -> anyhow::Result<Duration> {
        let stat = self.proc("stat")?;
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = fields.get(11..13).context("utime and stime")?;
        let ticks: u32 = ticks.iter().filter_map(|ticks| ticks.parse::<u32>().ok()).sum();
        Ok(TICK * ticks)
    }

    /// Resident, in MB.
    pub fn memory(&self) -> anyhow::Result<u64> {
        let status = self.proc("status")?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("VmRSS")?;
        Ok(line.split_whitespace().nth(1).context("a number")?.parse::<u64>()? / 1024)
    }

    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A handler that answers the bytes of a file: `PORT:FILE`.
pub fn bare(what: &str) -> anyhow::Result<()> {
    let (port, file) = what.split_once(':').context("PORT:FILE")?;
    let (port, page) = (port.parse::<u16>()?, axum::body::Bytes::from(std::fs::read(file)?));
    let html = [(axum::http::header::CONTENT_TYPE, "text/html; charset=utf-8")];
    let router = axum::Router::new().route("/", axum::routing::get(async move || (html, page.clone())));
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
        Ok(axum::serve(listener, router).await?)
    })
}
