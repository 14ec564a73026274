//! A storage of another maker, as a process of its own: what we agree on with our small one is what others agree on,
//! too. With the journeys, since it needs a package that cargo does not bring. S3_ENDPOINT_FOR_TESTS names a storage
//! that runs already (with S3_BUCKET_FOR_TESTS, S3_KEY_FOR_TESTS and S3_SECRET_FOR_TESTS).
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::files;

/// As in tests/run.
const INSTALL: &str = "python3 -m venv target/moto && target/moto/bin/pip install 'moto[server]==5.2.5'";

struct Other {
    child: Option<Child>,
    url: String,
}

impl Other {
    fn start() -> Self {
        if let Some(url) = setting("S3_ENDPOINT_FOR_TESTS") {
            return Self { child: None, url };
        }
        let server = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/moto/bin/moto_server");
        assert!(server.is_file(), "moto is missing: {INSTALL}");
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut child = Command::new(server)
            .args(["-H", "127.0.0.1", "-p", &address.port().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto_server does not start");
        // It says nothing that could be waited for but that it takes connections.
        while TcpStream::connect(address).is_err() {
            assert!(child.try_wait().unwrap().is_none(), "moto_server ended before it listened");
            std::thread::park_timeout(std::time::Duration::from_millis(10));
        }
        Self { child: Some(child), url: format!("http://{address}") }
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

fn setting(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.into_string().expect("UTF-8"))
}

#[tokio::test]
async fn a_storage_of_another_maker_keeps_lists_and_forgets_the_same() {
    let other = Other::start();
    let or = |name, default: &str| setting(name).unwrap_or_else(|| default.to_owned());
    let name = or("S3_BUCKET_FOR_TESTS", "marquee-tests");
    if other.child.is_some() {
        // Its buckets are made by anybody.
        reqwest::Client::builder()
            .tls_backend_preconfigured(marquee::tls::public().unwrap())
            .no_proxy()
            .build()
            .unwrap()
            .put(format!("{}/{name}", other.url))
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap();
    }
    let (key, secret) = (or("S3_KEY_FOR_TESTS", "testing"), or("S3_SECRET_FOR_TESTS", "testing-secret"));
    let prefix = format!("run-{}", uuid::Uuid::now_v7().simple());
    let files = files(&[
        ("S3_BUCKET", name.as_str()),
        ("S3_ENDPOINT", other.url.as_str()),
        ("S3_ACCESS_KEY_ID", key.as_str()),
        ("S3_SECRET_ACCESS_KEY", secret.as_str()),
        ("S3_PREFIX", prefix.as_str()),
    ]);
    for n in 0..3_u8 {
        files.put(&format!("covers/{n}.jpg"), vec![n; 70_000]).await.unwrap();
    }
    files.put("covers/1.jpg", vec![7]).await.unwrap();
    let mut keys = files.list().await.unwrap();
    keys.sort();
    assert_eq!(keys, ["covers/0.jpg", "covers/1.jpg", "covers/2.jpg"]);
    assert_eq!(files.get("covers/1.jpg").await.unwrap().as_deref(), Some(&[7][..]));
    assert_eq!(files.get("covers/2.jpg").await.unwrap().map(|bytes| bytes.len()), Some(70_000));
    for key in keys {
        files.delete(&key).await.unwrap();
        files.delete(&key).await.unwrap();
        assert_eq!(files.get(&key).await.unwrap(), None);
    }
    assert!(files.list().await.unwrap().is_empty());
}
