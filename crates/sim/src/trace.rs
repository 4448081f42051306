//! What a run did, line by line, and its hash: two runs of one seed are the same run or they are not.

use sha2::{Digest, Sha256};

/// What a run did. Names that chance gave, and the date, are left out.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    lines: Vec<String>,
}

impl Trace {
    pub(crate) fn note(&mut self, line: String) {
        self.lines.push(line);
    }

    /// Its lines.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Its hash, in hex.
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for line in &self.lines {
            hash.update(line.as_bytes());
            hash.update(b"\n");
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
