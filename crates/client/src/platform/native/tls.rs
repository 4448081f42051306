//! TLS to one server only: the one whose identity hashes to the pin.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use sha2::{Digest, Sha256};

/// Message of the TLS error that means: somebody else answers.
pub(crate) const WRONG_IDENTITY: &str = "the server's identity is not the pinned one";

/// A client configuration that accepts the pinned identity and nothing else.
pub(crate) fn pinned(pin: &str) -> ClientConfig {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Arc::new(Pinned { pin: pin.to_owned(), provider: Arc::clone(&provider) });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider speaks TLS 1.2 and 1.3")
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

/// A configuration that accepts anybody, to learn an identity before a person compares its words.
pub(crate) fn unpinned() -> ClientConfig {
    pinned("")
}

/// The pin of an identity: first 16 bytes of SHA-256 over its SubjectPublicKeyInfo, base64url.
pub(crate) fn pin_of(certificate: &CertificateDer<'_>) -> Option<String> {
    let parsed = webpki::EndEntityCert::try_from(certificate).ok()?;
    let hash = Sha256::digest(parsed.subject_public_key_info().as_ref());
    Some(BASE64URL_NOPAD.encode(&hash[..16]))
}

/// Accepts a chain that ends at, or is, the certificate with the pinned key. The host's name does not matter: a pinned
/// identity is that one server under whatever address it is reached.
#[derive(Debug)]
struct Pinned {
    pin: String,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        // An empty pin is asked for only to show the words of whatever answers.
        if self.pin.is_empty() || pin_of(end_entity).as_ref() == Some(&self.pin) {
            return Ok(ServerCertVerified::assertion());
        }
        let anchor = intermediates
            .iter()
            .find(|certificate| pin_of(certificate).as_ref() == Some(&self.pin))
            .ok_or_else(|| Error::General(WRONG_IDENTITY.into()))?;
        let mut roots = RootCertStore::empty();
        roots.add(anchor.clone()).map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
        verify_server_cert_signed_by_trust_anchor(
            &ParsedCertificate::try_from(end_entity)?,
            &roots,
            intermediates,
            now,
            self.provider.signature_verification_algorithms.all,
        )?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
