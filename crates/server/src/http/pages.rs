//! `GET /` and `GET /i`: what a browser shows of a server without a web app. No script, no style, nothing to load.

use axum::response::Html;

const TOP: &str = "<!doctype html>
<html lang=\"en\">
<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>SecureChat</title></head>
<body>
<h1>SecureChat</h1>
<p>This is a team's own chat server. Every room on it is end-to-end encrypted: the server cannot read what is said.</p>
";

const HOME: &str = "<p>To join, you need an invite link from somebody of the team, and the <code>securechat</code> program.</p>
<p>If you have an account, log in from a terminal:</p>
<pre>securechat chat https://THIS-SERVER</pre>
</body>
</html>
";

const INVITE: &str = "<h2>You have been invited</h2>
<p>Install the <code>securechat</code> program, then copy the whole address of this page, with everything after the
<code>#</code>, and in a terminal give it to:</p>
<pre>securechat register 'THE-WHOLE-LINK' --username YOUR-NAME</pre>
<p>The part after the <code>#</code> lets you in and tells your program which server to trust. Your browser does not send it
to anybody; do not post it where strangers read.</p>
</body>
</html>
";

/// The front page.
pub(crate) async fn home() -> Html<String> {
    Html([TOP, HOME].concat())
}

/// Where an invite link leads.
pub(crate) async fn invite() -> Html<String> {
    Html([TOP, INVITE].concat())
}
