//! The JSON API of orders.
