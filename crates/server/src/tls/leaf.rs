//! The certificate that is served: signed by the private CA, short-lived, made anew in time.

use std::path::Path;
use std::sync::Arc;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SanType,
};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use securechat_ids::UnixMillis;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::authority::{Authority, set_validity};
use super::certified::certified;
use super::fault::IdentityError;
use super::names::Names;
use crate::folder;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
const LIFE_DAYS: u64 = 90;
/// With fewer days left it is made anew.
const RENEW_DAYS: u64 = 30;

/// A leaf, and when it ends.
pub(crate) struct Leaf {
    pub(super) served: Arc<CertifiedKey>,
    pub(super) not_after: UnixMillis,
}

impl Leaf {
    /// The leaf of a folder, or a new one if it is old, of other names or unusable.
    pub(crate) fn open(
        tls: &Path,
        authority: &Authority,
        names: &Names,
        now: UnixMillis,
    ) -> Result<Self, IdentityError> {
        let names = authority.permitted(names);
        let (certificate, key) = (tls.join("leaf.pem"), tls.join("leaf.key"));
        if let (Some(certificate), Some(key)) = (folder::read(&certificate)?, folder::read(&key)?)
            && let Some((leaf, of)) = read(authority, &certificate, &key)
            && of == names
            && !leaf.is_due(now)
        {
            return Ok(leaf);
        }
        let (certificate_pem, key_pem) = issue(authority, &names, now)?;
        folder::write_private(&key, key_pem.as_bytes())?;
        folder::write_private(&certificate, certificate_pem.as_bytes())?;
        let (leaf, _) = read(authority, certificate_pem.as_bytes(), key_pem.as_bytes())
            .ok_or(IdentityError::Damaged("tls/leaf.pem"))?;
        Ok(leaf)
    }

    fn is_due(&self, now: UnixMillis) -> bool {
        is_due(self.not_after, now)
    }
}

/// Whether a leaf that ends then must be made anew.
pub(super) fn is_due(not_after: UnixMillis, now: UnixMillis) -> bool {
    not_after.since(now) < RENEW_DAYS * DAY_MS
}

fn issue(authority: &Authority, names: &Names, now: UnixMillis) -> Result<(String, String), IdentityError> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut params = CertificateParams::new(names.dns.iter().cloned().collect::<Vec<_>>())?;
    params.subject_alt_names.extend(names.ips.iter().copied().map(SanType::IpAddress));
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "SecureChat server");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    set_validity(&mut params, now, LIFE_DAYS);
    let certificate = params.signed_by(&key, &authority.issuer)?;
    Ok((certificate.pem(), key.serialize_pem()))
}

/// `None` for what cannot be served, such as the leaf of another CA: a new one costs nothing.
fn read(authority: &Authority, certificate: &[u8], key: &[u8]) -> Option<(Leaf, Names)> {
    let certificate = CertificateDer::from_pem_slice(certificate).ok()?;
    let key = PrivateKeyDer::from_pem_slice(key).ok()?;
    let (_, ca) = X509Certificate::from_der(&authority.certificate).ok()?;
    let (_, parsed) = X509Certificate::from_der(&certificate).ok()?;
    if parsed.issuer() != ca.subject() {
        return None;
    }
    let seconds = u64::try_from(parsed.validity().not_after.timestamp()).ok()?;
    let mut names = Names::default();
    for name in &parsed.subject_alternative_name().ok()??.value.general_names {
        match name {
            GeneralName::DNSName(name) => {
                names.dns.insert((*name).to_owned());
            }
            GeneralName::IPAddress(bytes) => {
                let ip = match <[u8; 4]>::try_from(*bytes) {
                    Ok(v4) => v4.into(),
                    Err(_) => <[u8; 16]>::try_from(*bytes).ok()?.into(),
                };
                names.ips.insert(ip);
            }
            _ => return None,
        }
    }
    let served = certified(vec![certificate, authority.certificate.clone()], key).ok()?;
    Some((Leaf { served: Arc::new(served), not_after: UnixMillis(seconds.saturating_mul(1_000)) }, names))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

    fn names(dns: &[&str]) -> Names {
        Names {
            dns: dns.iter().map(|name| (*name).to_owned()).collect(),
            ips: ["127.0.0.1".parse().unwrap()].into(),
        }
    }

    fn bytes(leaf: &Leaf) -> Vec<u8> {
        leaf.served.cert[0].to_vec()
    }

    #[test]
    fn a_leaf_is_kept_until_thirty_days_are_left() {
        let temp = tempfile::tempdir().unwrap();
        let own = names(&["localhost"]);
        let authority = Authority::open(temp.path(), &own, NOW).unwrap();
        let first = Leaf::open(temp.path(), &authority, &own, NOW).unwrap();
        let later = NOW.plus(59 * DAY_MS);
        assert_eq!(bytes(&Leaf::open(temp.path(), &authority, &own, later).unwrap()), bytes(&first));
        let due = NOW.plus(61 * DAY_MS);
        let second = Leaf::open(temp.path(), &authority, &own, due).unwrap();
        assert_ne!(bytes(&second), bytes(&first));
        assert!(!second.is_due(due));
    }

    #[test]
    fn a_machine_with_a_new_name_gets_a_new_leaf_for_what_the_ca_permits() {
        let temp = tempfile::tempdir().unwrap();
        let authority = Authority::open(temp.path(), &names(&["localhost", "a.local"]), NOW).unwrap();
        let first = Leaf::open(temp.path(), &authority, &names(&["localhost"]), NOW).unwrap();
        let second = Leaf::open(temp.path(), &authority, &names(&["localhost", "a.local"]), NOW).unwrap();
        assert_ne!(bytes(&second), bytes(&first));
        // "b.local" is beyond the CA's constraints: the leaf stays as it is.
        let third =
            Leaf::open(temp.path(), &authority, &names(&["localhost", "a.local", "b.local"]), NOW).unwrap();
        assert_eq!(bytes(&third), bytes(&second));
    }

    #[test]
    fn a_strict_verifier_accepts_the_leaf_a_day_early_and_for_its_names_only() {
        use rustls_pki_types::{ServerName, UnixTime};
        use std::time::Duration;
        let temp = tempfile::tempdir().unwrap();
        let own = names(&["localhost", "office-pc.local"]);
        let authority = Authority::open(temp.path(), &own, NOW).unwrap();
        let leaf = Leaf::open(temp.path(), &authority, &own, NOW).unwrap();
        let anchor = webpki::anchor_from_trusted_cert(&authority.certificate).unwrap();
        let end = webpki::EndEntityCert::try_from(&leaf.served.cert[0]).unwrap();
        let verify = |at: UnixMillis| {
            end.verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                std::slice::from_ref(&anchor),
                &[],
                UnixTime::since_unix_epoch(Duration::from_millis(at.0)),
                webpki::KeyUsage::server_auth(),
                None,
                None,
            )
            .is_ok()
        };
        assert!(verify(NOW));
        assert!(verify(UnixMillis(NOW.0 - DAY_MS + 1_000)));
        assert!(!verify(UnixMillis(NOW.0 - DAY_MS - 60_000)));
        assert!(!verify(NOW.plus(91 * DAY_MS)));
        let valid_for = |name: &'static str| {
            end.verify_is_valid_for_subject_name(&ServerName::try_from(name).unwrap()).is_ok()
        };
        assert!(valid_for("office-pc.local"));
        assert!(valid_for("127.0.0.1"));
        assert!(!valid_for("example.org"));
    }
}
