//! One HTTP request over its own TLS connection, verified against the server's CA.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::Trial;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answered {
    /// The body, of a request that succeeded.
    pub(crate) fn ok<T: DeserializeOwned>(&self) -> T {
        assert!(self.status.is_success(), "{self:?}");
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The refusal's code, which its status must match.
    pub(crate) fn refused(&self) -> securechat_proto::Code {
        let problem: securechat_proto::http::Problem = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(self.status.as_u16(), problem.code.status());
        problem.code
    }
}

impl Trial {
    /// A TLS connection as a browser with the CA installed would make it.
    pub(crate) async fn connect(&self) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.app.identity.anchor()).unwrap();
        let mut config =
            ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let tcp = TcpStream::connect(self.address).await.unwrap();
        let name = ServerName::from(self.address.ip());
        TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap()
    }

    pub(crate) async fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answered {
        let io = TokioIo::new(self.connect().await);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        let driver = tokio::spawn(connection);
        let mut request =
            http::Request::builder().method(method).uri(path).header("host", self.address.to_string());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = sender.send_request(request.body(Full::new(body.into())).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        driver.abort();
        Answered { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str, token: Option<&str>) -> Answered {
        self.send(Method::GET, path, token, None::<&()>).await
    }

    pub(crate) async fn post(&self, path: &str, token: Option<&str>, body: &impl Serialize) -> Answered {
        self.send(Method::POST, path, token, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, token: Option<&str>, body: &impl Serialize) -> Answered {
        self.send(Method::PUT, path, token, Some(body)).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&impl Serialize>,
    ) -> Answered {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        let body = body.map(|body| serde_json::to_vec(body).unwrap()).unwrap_or_default();
        self.request(method, path, &headers, body).await
    }
}
