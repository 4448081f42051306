//! The web app from one's own program: a tunnel that leaves the device free, and a look at what a server serves.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Output, Stdio};

use securechat_server::config::Config;
use serde_json::Value;

use crate::team::Team;

/// The web app that the program under test holds.
const WEB: Option<securechat_server::WebBundle> = include!(concat!(env!("OUT_DIR"), "/web_bundle.rs"));

#[test]
fn a_browser_gets_this_programs_app_and_the_team_behind_it_while_the_device_stays_free() {
    let team = Team::new();
    team.enter("register", "ana", "ana", &team.owner_link);
    if WEB.is_none() {
        let output = team.run("ana", &["web", "--port", "0"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("built without the web app") && said.contains("cargo xtask build"), "{said}");
        return;
    }
    let (mut tunnel, ready) = tunnel(&team, "ana", &[]);
    let me = team.json("ana", &["whoami", "--json"]);
    assert_eq!(ready["server"], me[0]["login_link"], "the device's own server, and its home is free");
    let (origin, token) = ready["url"].as_str().expect("a URL").split_once("/#t=").expect("a token");
    let host = origin.strip_prefix("http://").expect("plain on loopback");

    let page = ask(host, "GET / HTTP/1.1", "", "");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("<!doctype html>"), "{page}");
    let shut = ask(host, "GET /api/v1/server HTTP/1.1", "", "");
    assert!(shut.starts_with("HTTP/1.1 401"), "{shut}");
    let entering = format!("Origin: {origin}\r\nContent-Type: application/json\r\n");
    let entered = ask(host, "POST /local/enter HTTP/1.1", &entering, &format!("{{\"token\":\"{token}\"}}"));
    let cookie = entered.split("set-cookie: ").nth(1).and_then(|rest| rest.split(';').next());
    let cookie = format!("Cookie: {}\r\n", cookie.expect("a cookie"));
    let server = ask(host, "GET /api/v1/server HTTP/1.1", &cookie, "");
    assert!(server.starts_with("HTTP/1.1 200") && server.contains("server_id"), "{server}");

    let second = team.run("ben", &["web", &team.url, "--port", host.rsplit_once(':').expect("a port").1]);
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(second.status.code() == Some(2) && said.contains("--port"), "{said}");
    assert_eq!(team.run("carl", &["web"]).status.code(), Some(3), "nobody is logged in there");
    tunnel.kill().expect("kills");
    tunnel.wait().expect("ends");
}

#[test]
fn a_server_that_serves_something_else_is_found_out() {
    let team = Team::new();
    let Some(web) = WEB else {
        assert_eq!(team.run("ana", &["verify-web", &team.url]).status.code(), Some(1));
        return;
    };
    let number = web.files.len();
    let good = team.ok("nobody", &["verify-web", &team.url]);
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(good, format!("all {number} files are those of this program (version {version})\n"));
    assert!(!team.home("nobody").exists(), "looking makes no folder");

    // The same files, but one of them is another and one is not there.
    let mut files = web.files.to_vec();
    let gone = files.pop().expect("some files");
    let (script, other) = (files[0].path, files[1].brotli);
    assert!(script != "index.html" && gone.path != "index.html");
    files[0] = securechat_server::WebFile { brotli: other, ..files[0] };
    let tampered = verified_against(&team, securechat_server::WebBundle { files: files.leak() });
    assert_eq!(tampered.status.code(), Some(6));
    let listed = String::from_utf8(tampered.stdout).expect("text");
    assert_eq!(listed, format!("differs  /{script}\nmissing  /{}\n", gone.path));

    let closed = team.run("nobody", &["verify-web", "https://127.0.0.1:1"]);
    assert_eq!(closed.status.code(), Some(5));
}

/// What `verify-web` says of a server with this web app.
fn verified_against(team: &Team, web: securechat_server::WebBundle) -> Output {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut config = Config { data: Some(team.home("other-server")), ..Config::default() };
    config.listen.addresses = vec!["127.0.0.1:0".parse().expect("an address")];
    let started = runtime.block_on(securechat_server::start(&config, Some(web))).expect("starts");
    let output = team.run("nobody", &["verify-web", &started.listening[0]]);
    runtime.block_on(started.handle.stop()).expect("stops");
    output
}

/// `securechat web` on any port, when it is ready.
fn tunnel(team: &Team, home: &str, args: &[&str]) -> (Child, Value) {
    let args = [&["web", "--json", "--port", "0"], args].concat();
    let mut tunnel = team.command(home, &args).stdout(Stdio::piped()).spawn().expect("starts");
    let mut line = String::new();
    let mut stdout = BufReader::new(tunnel.stdout.take().expect("piped"));
    stdout.read_line(&mut line).expect("one line when ready");
    (tunnel, serde_json::from_str(&line).expect("JSON"))
}

/// One request on a connection of its own, and everything that comes back.
fn ask(host: &str, line: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(host.replace("localhost", "127.0.0.1")).expect("connects");
    let length = body.len();
    let request = format!(
        "{line}\r\nHost: {host}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).expect("writes");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("reads");
    answer
}
