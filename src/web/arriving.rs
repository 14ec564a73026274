//! How long the body of a request may be on its way. Who asks is looked up before it is read, and whatever hangs on
//! an open request hangs for as long as its sender likes: so there is an end to it.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::BoxError;
use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};
use tokio::time::{Instant, timeout_at};

use crate::error::Error;

/// From the end of a request's head to the end of its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    pub form: Duration,
    /// Of files and pictures.
    pub upload: Duration,
}

/// Forms are at most 256 KiB, which a telephone at the edge of its network (10 KiB/s) sends in half a minute; the
/// largest upload, 6 MiB, in ten.
pub const PATIENCE: Patience = Patience { form: Duration::from_secs(30), upload: Duration::from_secs(600) };

impl Patience {
    fn with(self, headers: &HeaderMap) -> Duration {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.starts_with("multipart/") || kind.starts_with("image/") { self.upload } else { self.form }
    }
}

/// Ends a request whose body does not arrive in time, whatever its handler made of the half of it.
pub async fn layer(State(patience): State<Patience>, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let late = Arc::new(AtomicBool::new(false));
    let ends = Instant::now() + patience.with(&parts.headers);
    let body = Body::from_stream(until(body.into_data_stream(), ends, Arc::clone(&late)));
    let response = next.run(Request::from_parts(parts, body)).await;
    if late.load(Ordering::Relaxed) { Error::TooSlow.into_response() } else { response }
}

/// The same body, which breaks off at that instant.
fn until(
    body: BodyDataStream,
    ends: Instant,
    late: Arc<AtomicBool>,
) -> impl Stream<Item = Result<Bytes, BoxError>> + Send + 'static {
    stream::unfold((body, late), move |(mut body, late)| async move {
        match timeout_at(ends, body.next()).await {
            Ok(None) => None,
            Ok(Some(part)) => Some((part.map_err(BoxError::from), (body, late))),
            Err(elapsed) => {
                late.store(true, Ordering::Relaxed);
                Some((Err(elapsed.into()), (body, late)))
            }
        }
    })
    .fuse()
}
