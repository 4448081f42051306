//! Chain links: one link has one form, or its hash would not name it.

use securechat_chain::{Chain, Registry, SignedLink};

pub(crate) fn chain_link(bytes: &[u8]) {
    let trusted = SignedLink::parse_trusted(bytes);
    if let Ok(link) = &trusted {
        assert_eq!(link.bytes(), bytes);
    }
    if let Ok(link) = SignedLink::parse(bytes) {
        assert_eq!(trusted.as_ref(), Ok(&link), "what is signed is well-formed too");
        if let Ok(chain) = Chain::begin(&link) {
            assert_eq!((chain.root(), chain.length()), (link.hash(), 1));
        }
    }
    let mut registry = Registry::default();
    if registry.append(bytes).is_ok() {
        assert_eq!(registry.size(), 1);
    }
}
