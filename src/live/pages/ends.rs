//! How a socket ends.
use crate::error::Error;

/// Codes with which sockets close: those of RFC 6455, and from 4000 on our own.
pub(super) mod code {
    pub const GOING: u16 = 1001;
    pub const RULES: u16 = 1008;
    pub const BROKEN: u16 = 1011;
    pub const SIGN_IN: u16 = 4401;
    pub const LATE: u16 = 4408;
    pub const TOO_MANY: u16 = 4429;
}

/// Why it ends.
pub(super) enum End {
    /// The client went, or died.
    Gone,
    Close(u16, &'static str),
}

pub(super) type Go<T = ()> = Result<T, End>;

impl<E> From<E> for End
where
    Error: From<E>,
{
    fn from(error: E) -> Self {
        tracing::warn!(error = ?Error::from(error), "a socket ends");
        Self::Close(code::BROKEN, "something broke on our side")
    }
}
