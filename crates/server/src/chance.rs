//! The operating system's randomness: the one place of this crate that draws it.

use securechat_delivery::Rng;

/// The operating system's source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Os;

impl Rng for Os {
    #[expect(clippy::disallowed_methods, reason = "the shell's one source of randomness")]
    fn fill(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system has randomness");
    }
}

/// `N` random bytes.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    Os.fill(&mut bytes);
    bytes
}
