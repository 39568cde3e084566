//! The page's files.

use std::borrow::Cow;
use std::path::Path;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use incamera_page::File;

use crate::app::App;
use crate::http::api::ProblemCode;
use crate::http::problem::Failure;

/// The document of the page itself, among its files.
pub(crate) const INDEX: &str = "index.html";

/// Where it is.
pub const ADDRESSES: [&str; 3] = ["/", "/enrol", "/m/{id}"];

/// How the names of documents end. Their addresses do not.
const DOCUMENT: &str = ".html";

/// The page finds out by its address what to show.
pub async fn index(State(app): State<App>, headers: HeaderMap) -> Response {
    serve(&app, INDEX, &headers)
}

/// Any other file.
pub async fn file(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Response {
    match named(uri.path()) {
        Some(path) => serve(&app, &path, &headers),
        None => Failure::new(ProblemCode::NotFound).into_response(),
    }
}

/// The one address of a file that is not [`INDEX`].
pub(crate) fn address(path: &str) -> String {
    format!("/{}", path.strip_suffix(DOCUMENT).unwrap_or(path))
}

/// The file that has this address, if any has.
fn named(address: &str) -> Option<Cow<'_, str>> {
    let path = address.strip_prefix('/')?;
    if path.ends_with(DOCUMENT) {
        return None;
    }
    let is_document = !path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    let path = if is_document { Cow::Owned(format!("{path}{DOCUMENT}")) } else { Cow::Borrowed(path) };
    // That has addresses of its own.
    (path != INDEX).then_some(path)
}

fn serve(app: &App, path: &str, headers: &HeaderMap) -> Response {
    let file = match &app.page {
        Some(folder) => from_disk(folder, path),
        None => incamera_page::file(path, accepts_brotli(headers)),
    };
    let Some(file) = file else { return Failure::new(ProblemCode::NotFound).into_response() };
    let etag = format!("\"{}\"", file.etag);
    let fresh = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes());
    let mut response = if fresh {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let body = match file.bytes {
            Cow::Borrowed(bytes) => Body::from(bytes),
            Cow::Owned(bytes) => Body::from(bytes),
        };
        Response::new(body)
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.mime));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching(path, file.immutable)));
    headers.insert(header::VARY, HeaderValue::from_static(VARY));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    if let Some(encoding) = file.encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// On what an answer depends beside the address.
pub(crate) const VARY: &str = "accept-encoding";

/// How long a browser may keep a file.
pub(crate) fn caching(path: &str, immutable: bool) -> &'static str {
    match path {
        // It names the current files: an old copy would ask for files that are gone.
        INDEX => "no-store",
        _ if immutable => "public, max-age=31536000, immutable",
        _ => "no-cache",
    }
}

fn accepts_brotli(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| coding.trim() == "br")
}

/// A page that is being worked on: read anew each time.
fn from_disk(folder: &Path, path: &str) -> Option<File> {
    let is_plain = path.split('/').all(|part| !part.is_empty() && !part.starts_with('.'));
    let bytes = is_plain.then(|| std::fs::read(folder.join(path)).ok()).flatten()?;
    let etag = crate::bytes::random::<8>().map(|byte| format!("{byte:02x}")).concat();
    Some(File {
        bytes: Cow::Owned(bytes),
        mime: incamera_page::mime(path),
        etag: Cow::Owned(etag),
        encoding: None,
        immutable: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_one_address() {
        for path in ["help.html", "help/joining.html", "assets/index-BdHZfUR-.js", "assets/icon-nvE4e-6-.svg"]
        {
            assert_eq!(named(&address(path)).as_deref(), Some(path));
        }
        for nowhere in ["", "/help.html", "/help/joining.html", "/index", "/index.html", "help"] {
            assert_eq!(named(nowhere), None, "{nowhere}");
        }
        // Files that there are not.
        assert_eq!(named("/help/").as_deref(), Some("help/.html"));
        assert_eq!(named("/").as_deref(), Some(".html"));
    }
}
