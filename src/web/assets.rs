use axum::extract::Path;
pub fn url(_: &str) -> &'static str {
    ""
}
pub async fn serve(Path(_): Path<String>) {}
