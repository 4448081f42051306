//! A small bundle, asked for as browsers and others do.

use securechat_proto::http::path;

use super::*;
use crate::trial::{Answered, Trial};

const PAGE: &str = "<!doctype html><title>SecureChat</title>\n";
const PAGE_TAG: &str = "\"page\"";
/// [`PAGE`] as `brotli` makes it.
const PAGE_BROTLI: &[u8] =
    b"\x1b\x28\x00\xf8\xa5\x87\xc2\xd0\xe8\x34\x21\x85\x9c\x22\x8c\xc6\x40\x05\x4f\x30\x72\x28\x1b\x14\x79\x01";
/// One line and 400 further ones.
const SCRIPT_BROTLI: &[u8] =
    b"\x1b\xb9\x0f\xf8\x9d\x07\x76\x8c\x98\x04\x6d\xfd\x67\x18\x4e\x0d\xf2\xa2\x50\xb6\x68\xc2\xaa\x87\xad\x65\x76\xd2\xdc\
      \x34\x21\x85\x38\xf2\xa0\x56\xa0\x1f\x8e\x4c\xe2\x27\x24\xc4\x91\xe1\xa2\x0e\x00\x80\x2b\xed\x03";

const fn file(path: &'static str, content_type: &'static str, brotli: &'static [u8]) -> WebFile {
    WebFile { path, content_type, brotli, etag: PAGE_TAG, immutable: false }
}

const BUNDLE: WebBundle = WebBundle {
    files: &[
        file("index.html", "text/html; charset=utf-8", PAGE_BROTLI),
        WebFile {
            etag: "\"script\"",
            immutable: true,
            ..file("assets/app-3f2a.js", "text/javascript", SCRIPT_BROTLI)
        },
        file("broken.txt", "text/plain", b"\xff\xff\xff"),
        // An endpoint's path is the endpoint's.
        file("api/v1/server", "text/plain", PAGE_BROTLI),
    ],
};
const SCRIPT: &str = "/assets/app-3f2a.js";
const BROTLI: (&str, &str) = ("accept-encoding", "gzip, deflate, br, zstd");

async fn get(trial: &Trial, path: &str, headers: &[(&str, &str)]) -> Answered {
    trial.request(Method::GET, path, headers, "").await
}

fn accepting(value: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(header::ACCEPT_ENCODING, value.parse().unwrap())])
}

#[tokio::test]
async fn the_page_is_at_the_root_and_where_invites_lead_and_has_its_policy() {
    let trial = Trial::with_web(BUNDLE).await;
    for path in ["/", "/i", "/index.html", "/?from=somewhere"] {
        let answer = get(&trial, path, &[BROTLI]).await;
        assert_eq!((answer.status, &answer.body[..]), (StatusCode::OK, PAGE_BROTLI), "{path}");
        for (name, value) in [
            ("content-type", "text/html; charset=utf-8"),
            ("content-encoding", "br"),
            ("vary", "accept-encoding"),
            ("etag", PAGE_TAG),
            ("cache-control", "no-cache"),
            ("content-security-policy", POLICY),
            ("cross-origin-embedder-policy", "require-corp"),
            ("cross-origin-opener-policy", "same-origin"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(answer.headers[name], value, "{path}");
            assert_eq!(answer.headers.get_all(name).iter().count(), 1, "{path} {name}");
        }
    }
    assert!(!POLICY.contains("unsafe-inline") && !POLICY.contains("  "), "{POLICY}");
}

#[tokio::test]
async fn who_takes_no_brotli_gets_the_same_unpacked() {
    let trial = Trial::with_web(BUNDLE).await;
    for _ in 0..2 {
        let answer = get(&trial, "/", &[]).await;
        assert_eq!((answer.status, &answer.body[..]), (StatusCode::OK, PAGE.as_bytes()));
        assert_eq!(answer.headers["etag"], "W/\"page\"");
        assert_eq!(answer.headers["vary"], "accept-encoding");
        assert!(!answer.headers.contains_key("content-encoding"));
    }
    let script = get(&trial, SCRIPT, &[("accept-encoding", "identity")]).await;
    assert!(script.body.starts_with(b"export const answer = 42;\n// a line\n"));
    assert_eq!(script.body.iter().filter(|byte| **byte == b'\n').count(), 401);
    assert_eq!(get(&trial, "/broken.txt", &[]).await.refused(), Code::Internal);
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let trial = Trial::with_web(BUNDLE).await;
    for tags in [PAGE_TAG, "W/\"page\"", "\"older\", \"page\"", "*"] {
        let answer = get(&trial, "/", &[BROTLI, ("if-none-match", tags)]).await;
        assert_eq!((answer.status, answer.body.len()), (StatusCode::NOT_MODIFIED, 0), "{tags}");
        assert_eq!(answer.headers["etag"], PAGE_TAG);
        assert_eq!(answer.headers["content-security-policy"], POLICY, "or the guard's would replace it");
    }
    for tags in ["\"older\"", "page", ""] {
        assert_eq!(
            get(&trial, "/", &[BROTLI, ("if-none-match", tags)]).await.status,
            StatusCode::OK,
            "{tags}"
        );
    }
    let script = get(&trial, SCRIPT, &[BROTLI]).await;
    assert_eq!(script.headers["cache-control"], IMMUTABLE);
}

#[tokio::test]
async fn head_says_what_get_would_and_other_methods_are_refused() {
    let trial = Trial::with_web(BUNDLE).await;
    for (path, headers, length) in [
        ("/", &[BROTLI][..], PAGE_BROTLI.len()),
        (SCRIPT, &[BROTLI][..], SCRIPT_BROTLI.len()),
        ("/index.html", &[][..], PAGE.len()),
    ] {
        let answer = trial.request(Method::HEAD, path, headers, "").await;
        assert_eq!((answer.status, answer.body.len()), (StatusCode::OK, 0), "{path}");
        assert_eq!(answer.headers["content-length"], length.to_string(), "{path}");
        assert_eq!(answer.headers["content-security-policy"], POLICY);
    }
    for path in ["/", SCRIPT] {
        let answer = trial.request(Method::POST, path, &[], "").await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(answer.headers["allow"], "GET,HEAD");
    }
}

#[tokio::test]
async fn a_path_of_no_file_is_unknown_and_an_endpoint_stays_what_it_is() {
    let trial = Trial::with_web(BUNDLE).await;
    for path in ["/assets/", "/assets/app-3f2a.js/", "//index.html", "/assets/../index.html", "/i/", "/I"] {
        assert_eq!(get(&trial, path, &[BROTLI]).await.refused(), Code::NotFound, "{path}");
    }
    let server = get(&trial, path::SERVER, &[BROTLI]).await;
    assert_eq!(server.headers["content-type"], "application/json");
    assert!(!server.headers["content-security-policy"].to_str().unwrap().contains("script-src"));
    let without = Trial::start().await;
    assert_eq!(get(&without, SCRIPT, &[BROTLI]).await.refused(), Code::NotFound);
    assert!(!get(&without, "/", &[BROTLI]).await.headers.contains_key("content-encoding"));
}

#[test]
fn brotli_is_taken_by_who_names_it_or_takes_all() {
    for takes in ["br", "gzip, BR", "gzip;q=1.0, br;q=0.1", "*", "gzip, *;q=0.5", "br;q=1, *;q=0"] {
        assert!(takes_brotli(&accepting(takes)), "{takes}");
    }
    for not in ["", "gzip", "br;q=0", "br; q=0.000, *", "*;q=0", "brotli", "br;q=much"] {
        assert!(!takes_brotli(&accepting(not)), "{not}");
    }
    assert!(!takes_brotli(&HeaderMap::new()));
}
