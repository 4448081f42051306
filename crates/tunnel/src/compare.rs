//! Whether a server serves the very web app that this program holds.

use bytes::Bytes;
use data_encoding::HEXLOWER;
use http::{Request, StatusCode, header};
use http_body_util::Full;
use securechat_client::{Address, Failure};
use securechat_server::{WebBundle, WebFile};
use sha2::{Digest as _, Sha256};

use crate::line;

/// Most bytes read of a file: a whole web app, several times over.
const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// What the page is, and where a server serves it besides.
const INDEX: &str = "index.html";
const PAGES: [&str; 2] = ["/", "/i"];

/// A path under which something else is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The path.
    pub path: String,
    /// How.
    pub wrong: Wrong,
}

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It is not there.
    Missing,
    /// It holds something else.
    Differs,
}

/// Asks the server for every file of the bundle, and for the page where a browser finds it. No cookie, no session: the server
/// sees somebody who opens its address.
///
/// # Errors
/// [`Failure`] when the server cannot be reached or is not the pinned one.
pub async fn compare(server: &Address, web: &WebBundle) -> Result<Vec<Difference>, Failure> {
    let index = web.files.iter().find(|file| file.path == INDEX);
    let pages = PAGES.iter().filter_map(|path| Some(((*path).to_owned(), index?)));
    let files = web.files.iter().map(|file| (format!("/{}", file.path), file));
    let mut differences = Vec::new();
    for (path, file) in pages.chain(files) {
        if let Some(wrong) = wrong(server, &path, file).await? {
            differences.push(Difference { path, wrong });
        }
    }
    Ok(differences)
}

async fn wrong(server: &Address, path: &str, file: &WebFile) -> Result<Option<Wrong>, Failure> {
    let asked = Request::get(path)
        .header(header::ACCEPT_ENCODING, "identity")
        .body(Full::new(Bytes::new()))
        .map_err(|error| Failure::Other(format!("{path} cannot be asked for ({error})")))?;
    let answer = line::ask(server, asked, FILE_BYTES_MAX).await?;
    Ok(match answer.status() {
        StatusCode::OK if answer.headers().contains_key(header::CONTENT_ENCODING) => Some(Wrong::Differs),
        StatusCode::OK => (file.etag != tag(answer.body())).then_some(Wrong::Differs),
        _ => Some(Wrong::Missing),
    })
}

/// The tag that a file with this content has in a bundle.
fn tag(content: &[u8]) -> String {
    format!("\"{}\"", HEXLOWER.encode(&Sha256::digest(content)))
}
