//! The JSON API: JSend answers, tokens, idempotency keys, OpenAPI.
