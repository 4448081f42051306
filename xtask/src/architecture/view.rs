//! The view talks to nobody but its worker, keeps nothing and makes no markup: what could do so is named in one list.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::place;

const VIEW: &str = "apps/web/view/src/";
/// Written by the bundler, and not in the tree.
const GENERATED: &str = "worker/engine/";

/// Ways to the network, to storage, to keys, from text to markup and from text to code.
const WAYS: [&str; 27] = [
    "fetch",
    "XMLHttpRequest",
    "WebSocket",
    "WebTransport",
    "EventSource",
    "RTCPeerConnection",
    "sendBeacon",
    "localStorage",
    "sessionStorage",
    "indexedDB",
    "caches",
    "cookie",
    "cookieStore",
    "subtle",
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "setHTMLUnsafe",
    "parseHTMLUnsafe",
    "createContextualFragment",
    "DOMParser",
    "srcdoc",
    "html",
    "write",
    "eval",
    "Function",
    "importScripts",
];

/// Who may, and why.
const MAY: [(&str, &str); 5] = [
    // Asks on loopback which server `securechat web` tunnels to.
    ("engine/local.ts", "fetch"),
    // Keeps the app's own files.
    ("service-worker.ts", "fetch"),
    ("service-worker.ts", "caches"),
    // Keeps the database's key.
    ("worker/key.ts", "indexedDB"),
    ("worker/key.ts", "subtle"),
];

/// Every use of a way that its file may not go, and every leave that nobody uses any more.
pub(super) fn check(sources: &[PathBuf]) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    let mut unused = MAY.to_vec();
    for path in sources {
        let shown = place::shown(path);
        let Some(name) = shown.strip_prefix(VIEW).filter(|name| !name.starts_with(GENERATED)) else {
            continue;
        };
        if !is_code(path) {
            continue;
        }
        for (line, way) in ways(&place::read(path)?) {
            if MAY.contains(&(name, way)) {
                unused.retain(|leave| *leave != (name, way));
            } else {
                findings.push(format!(
                    "{shown}:{line} uses {way}; only xtask/src/architecture/view.rs gives leave"
                ));
            }
        }
    }
    findings.extend(unused.iter().map(|(name, way)| format!("{VIEW}{name} may use {way} and does not")));
    Ok(findings)
}

fn is_code(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "ts" || end == "svelte" || end == "js")
}

/// Lines, from 1, and the ways that they name. Whole-line comments are no use of anything.
fn ways(source: &str) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    for (number, line) in source.lines().enumerate() {
        if line.trim_start().starts_with("//") {
            continue;
        }
        let words: Vec<&str> =
            line.split(|sign: char| !(sign.is_alphanumeric() || sign == '_' || sign == '$')).collect();
        for way in WAYS {
            let named = match way {
                // Ordinary words elsewhere.
                "html" => line.contains("{@html"),
                "write" => line.contains("document.write"),
                "cookie" => line.contains("document.cookie"),
                _ => words.contains(&way),
            };
            if named {
                found.push((number + 1, way));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_is_found_where_it_is_used() {
        for (source, way) in [
            ("const a = await fetch(\"/x\");", "fetch"),
            ("new XMLHttpRequest()", "XMLHttpRequest"),
            ("localStorage.x = 1", "localStorage"),
            ("window.sessionStorage", "sessionStorage"),
            ("indexedDB.open(\"x\")", "indexedDB"),
            ("node.innerHTML = text;", "innerHTML"),
            ("node.outerHTML = text;", "outerHTML"),
            ("node.insertAdjacentHTML(\"beforeend\", text)", "insertAdjacentHTML"),
            ("<p>{@html text}</p>", "html"),
            ("eval(text)", "eval"),
            ("new Function(text)", "Function"),
            ("document.cookie", "cookie"),
        ] {
            assert_eq!(ways(&format!("\n{source}\n")), [(2, way)], "{source}");
        }
    }

    #[test]
    fn words_that_only_sound_like_it_are_none() {
        for source in [
            "// fetch is not used here",
            "const fetched = evaluate();",
            "let f: () => void;",
            "<html lang=\"en\">",
        ] {
            assert!(ways(source).is_empty(), "{source}");
        }
    }

    #[test]
    fn a_screen_has_no_leave_and_the_key_store_has() {
        let view = place::root().join(VIEW);
        let ours = check(&place::sources().expect("the tree can be listed")).expect("it can be read");
        assert!(ours.is_empty(), "{ours:?}");
        // Without the files that hold a leave, the leaves are found to be unused.
        let missing = check(&[view.join("App.svelte")]).expect("it can be read");
        assert_eq!(missing.len(), MAY.len(), "{missing:?}");
    }
}
