//! The private CA made at first start. It is name-constrained: whoever trusts it trusts it for this machine only.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256, date_time_ymd,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use securechat_ids::UnixMillis;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::fault::IdentityError;
use super::names::Names;
use super::pin::KeyHash;
use crate::folder;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// Life of the CA: clients pin its key, so it should outlive the machine.
const LIFE_DAYS: u64 = 20 * 365;
/// A clock that is a bit off still accepts a certificate made today.
const BACKDATED_DAYS: u64 = 1;

/// Loopback, private and shared (RFC 6598, also Tailscale) ranges: the machine may move among them.
const PRIVATE: [(IpAddr, u8); 9] = [
    (IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), 8),
    (IpAddr::V4(Ipv4Addr::new(10, 0, 0, 0)), 8),
    (IpAddr::V4(Ipv4Addr::new(172, 16, 0, 0)), 12),
    (IpAddr::V4(Ipv4Addr::new(192, 168, 0, 0)), 16),
    (IpAddr::V4(Ipv4Addr::new(169, 254, 0, 0)), 16),
    (IpAddr::V4(Ipv4Addr::new(100, 64, 0, 0)), 10),
    (IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
    (IpAddr::V6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)), 7),
    (IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0)), 10),
];

/// The CA, ready to sign.
pub(crate) struct Authority {
    pub(super) certificate: CertificateDer<'static>,
    pub(super) issuer: Issuer<'static, KeyPair>,
    pub(super) key_hash: KeyHash,
    permitted: Permitted,
}

/// What the CA's name constraints allow.
#[derive(Default)]
struct Permitted {
    dns: Vec<String>,
    subnets: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Whether the CA of a folder, if it has one, is whole. Makes none: an operator's own files are kept elsewhere.
pub(crate) fn look(tls: &Path) -> Result<(), IdentityError> {
    match (folder::read(&tls.join("ca.pem"))?, folder::read(&tls.join("ca.key"))?) {
        // A lone key is what a crash at the first start leaves, see [`Authority::open`].
        (None, _) => Ok(()),
        (Some(certificate), Some(key)) => Authority::read(&certificate, &key).map(drop),
        (Some(_), None) => Err(IdentityError::Damaged("tls/ca.key")),
    }
}

impl Authority {
    /// The CA of a folder, made now for these names if there is none.
    pub(crate) fn open(tls: &Path, names: &Names, now: UnixMillis) -> Result<Self, IdentityError> {
        let (certificate, key) = (tls.join("ca.pem"), tls.join("ca.key"));
        match (folder::read(&certificate)?, folder::read(&key)?) {
            (Some(certificate), Some(key)) => Self::read(&certificate, &key),
            (None, None) => {
                let (certificate_pem, key_pem) = make(names, now)?;
                folder::write_private(&key, key_pem.as_bytes())?;
                folder::write_private(&certificate, certificate_pem.as_bytes())?;
                Self::read(certificate_pem.as_bytes(), key_pem.as_bytes())
            }
            // A crash between the two writes leaves a key that nobody has seen yet; a lone certificate was seen.
            (None, Some(_)) => {
                std::fs::remove_file(&key).map_err(|error| folder::FolderError::Io { path: key, error })?;
                Self::open(tls, names, now)
            }
            (Some(_), None) => Err(IdentityError::Damaged("tls/ca.key")),
        }
    }

    fn read(certificate: &[u8], key: &[u8]) -> Result<Self, IdentityError> {
        let damaged = || IdentityError::Damaged("tls/ca.pem");
        let certificate = CertificateDer::from_pem_slice(certificate).map_err(|_| damaged())?;
        let key = std::str::from_utf8(key)
            .ok()
            .and_then(|pem| KeyPair::from_pem(pem).ok())
            .ok_or(IdentityError::Damaged("tls/ca.key"))?;
        let (_, parsed) = X509Certificate::from_der(&certificate).map_err(|_| damaged())?;
        if parsed.public_key().subject_public_key.data.as_ref() != key.public_key_raw() {
            return Err(IdentityError::Damaged("tls/ca.key"));
        }
        let permitted = Permitted::by(&parsed).ok_or_else(damaged)?;
        let key_hash = KeyHash::of(&certificate).ok_or_else(damaged)?;
        let issuer = Issuer::from_ca_cert_der(&certificate, key)?;
        Ok(Self { certificate, issuer, key_hash, permitted })
    }

    /// These names without those that this CA may not vouch for.
    pub(super) fn permitted(&self, names: &Names) -> Names {
        Names {
            dns: names.dns.iter().filter(|name| self.permitted.dns_allows(name)).cloned().collect(),
            ips: names.ips.iter().filter(|ip| self.permitted.ip_allows(**ip)).copied().collect(),
        }
    }
}

fn make(names: &Names, now: UnixMillis) -> Result<(String, String), IdentityError> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let host = names.dns.iter().find(|name| *name != "localhost").map_or("localhost", String::as_str);
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "SecureChat");
    params.distinguished_name.push(DnType::CommonName, format!("SecureChat CA of {host}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(constraints(names));
    set_validity(&mut params, now, LIFE_DAYS);
    let certificate = params.self_signed(&key)?;
    Ok((certificate.pem(), key.serialize_pem()))
}

/// rcgen marks the extension critical: who does not understand it must not trust this CA at all.
fn constraints(names: &Names) -> NameConstraints {
    let own = |ip: &IpAddr| (*ip, if ip.is_ipv4() { 32 } else { 128 });
    let subnets = PRIVATE.into_iter().chain(names.ips.iter().map(own));
    let mut permitted: Vec<GeneralSubtree> = names.dns.iter().cloned().map(GeneralSubtree::DnsName).collect();
    permitted.extend(
        subnets.map(|(ip, prefix)| GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(ip, prefix))),
    );
    NameConstraints { permitted_subtrees: permitted, excluded_subtrees: Vec::new() }
}

/// Valid from a day ago until `days` from now.
pub(super) fn set_validity(params: &mut CertificateParams, now: UnixMillis, days: u64) {
    let at = |ms: u64| date_time_ymd(1970, 1, 1) + Duration::from_secs(ms / 1_000);
    params.not_before = at(now.0.saturating_sub(BACKDATED_DAYS * DAY_MS));
    params.not_after = at(now.plus(days * DAY_MS).0);
}

impl Permitted {
    fn by(certificate: &X509Certificate<'_>) -> Option<Self> {
        let constraints = certificate.name_constraints().ok()??;
        let mut permitted = Self::default();
        for subtree in constraints.value.permitted_subtrees.as_ref()? {
            match &subtree.base {
                GeneralName::DNSName(name) => permitted.dns.push((*name).to_owned()),
                GeneralName::IPAddress(bytes) => {
                    let (network, mask) = bytes.split_at_checked(bytes.len() / 2)?;
                    permitted.subnets.push((network.to_vec(), mask.to_vec()));
                }
                _ => {}
            }
        }
        Some(permitted)
    }

    fn dns_allows(&self, name: &str) -> bool {
        self.dns
            .iter()
            .any(|base| name == base || name.strip_suffix(base).is_some_and(|rest| rest.ends_with('.')))
    }

    fn ip_allows(&self, ip: IpAddr) -> bool {
        let octets = match ip {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => v6.octets().to_vec(),
        };
        self.subnets.iter().any(|(network, mask)| {
            network.len() == octets.len()
                && octets
                    .iter()
                    .zip(mask)
                    .zip(network)
                    .all(|((octet, mask), network)| octet & mask == network & mask)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dns: &[&str], ips: &[&str]) -> Names {
        Names {
            dns: dns.iter().map(|name| (*name).to_owned()).collect(),
            ips: ips.iter().map(|ip| ip.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn constraints_are_critical_and_name_this_machine_and_private_addresses_only() {
        let temp = tempfile::tempdir().unwrap();
        let own = names(&["localhost", "office-pc", "office-pc.local"], &["203.0.113.7", "127.0.0.1"]);
        let authority = Authority::open(temp.path(), &own, UnixMillis(1_800_000_000_000)).unwrap();
        let (_, parsed) = X509Certificate::from_der(&authority.certificate).unwrap();
        assert!(parsed.name_constraints().unwrap().unwrap().critical);
        let wanted = names(
            &["localhost", "office-pc.local", "example.org", "other-pc.local", "notlocalhost"],
            &["203.0.113.7", "203.0.113.8", "192.168.4.4", "8.8.8.8", "fd00::7", "2001:db8::7", "::1"],
        );
        let permitted = authority.permitted(&wanted);
        assert_eq!(
            permitted,
            names(&["localhost", "office-pc.local"], &["203.0.113.7", "192.168.4.4", "fd00::7", "::1"])
        );
    }

    #[test]
    fn the_identity_survives_a_restart_and_a_damaged_one_is_not_replaced() {
        let temp = tempfile::tempdir().unwrap();
        let now = UnixMillis(1_800_000_000_000);
        let own = names(&["localhost"], &[]);
        let first = Authority::open(temp.path(), &own, now).unwrap().key_hash;
        assert_eq!(Authority::open(temp.path(), &own, now).unwrap().key_hash, first);
        let other = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap().serialize_pem();
        std::fs::write(temp.path().join("ca.key"), other).unwrap();
        assert!(matches!(Authority::open(temp.path(), &own, now), Err(IdentityError::Damaged("tls/ca.key"))));
        std::fs::remove_file(temp.path().join("ca.key")).unwrap();
        assert!(matches!(Authority::open(temp.path(), &own, now), Err(IdentityError::Damaged("tls/ca.key"))));
    }
}
